package policy

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"
)

// functions are those of the language that rules may use. All others, among them those that tell the time, make text or lists, or
// could go on for long, are not.
var functions = []string{"len", "any", "all", "none", "one", "count", "abs", "lower", "upper", "trim"}

// overDocuments go through a list, so that they are counted apart.
var overDocuments = []string{"any", "all", "none", "one", "count"}

// options are those of every condition.
var options = makeOptions()

func makeOptions() []expr.Option {
	all := []expr.Option{expr.Env(&Fields{}), expr.AsBool(), expr.MaxNodes(maxNodes), expr.DisableAllBuiltins()}
	for _, f := range functions {
		all = append(all, expr.EnableBuiltin(f))
	}
	for _, o := range operators {
		all = append(all, expr.Function(o.name, o.fn, o.types...), expr.Operator(o.op, o.name))
	}
	return all
}

// names are those that rules know, of the fields.
var names = fieldNames()

func fieldNames() []string {
	var all []string
	t := reflect.TypeFor[Fields]()
	for i := range t.NumField() {
		all = append(all, t.Field(i).Tag.Get("expr"))
	}
	slices.Sort(all)
	return all
}

// Names gives the names of the fields that rules know, sorted.
func Names() []string { return slices.Clone(names) }

// compile compiles a condition that stands at a place of the rules. What it is made of is looked at first: the language can do more than a
// rule may.
func compile(line, at int, source string) (*vm.Program, error) {
	config := conf.CreateNew()
	config.MaxNodes = maxNodes
	tree, err := parser.ParseWithConfig(source, config)
	if err != nil {
		return nil, sayWhere(line, at, source, err)
	}
	g := &guard{}
	ast.Walk(&tree.Node, g)
	if g.wrong == "" {
		g.depth(tree.Node, false)
	}
	if g.wrong != "" {
		return nil, wrongAt(line, at+g.at, "%s", g.wrong)
	}
	p, err := expr.Compile(source, options...)
	if err != nil {
		return nil, sayWhere(line, at, source, err)
	}
	return p, nil
}

// sayWhere words a complaint of the language.
func sayWhere(line, at int, source string, err error) error {
	var f *file.Error
	if !errors.As(err, &f) {
		return wrongAt(line, at, "the condition %q cannot be used: %s; %s", cut(source), cut2(err.Error()), yesOrNo)
	}
	column := min(max(f.Column, 0), len(source))
	if name, ok := strings.CutPrefix(f.Message, "unknown name "); ok {
		return wrongAt(line, at+column, "%q is no field; %s", cut(name), instead(name))
	}
	return wrongAt(line, at+column, "the condition %q cannot be used: %s; %s", cut(source), cut2(f.Message), yesOrNo)
}

const yesOrNo = `it must say yes or no about the fields, such as amount > 100.00 && type == "expense"`

func cut2(s string) string {
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		s = s[:i]
	}
	if r := []rune(s); len(r) > 200 {
		return string(r[:200]) + "…"
	}
	return s
}

// instead proposes the field that is meant, or all.
func instead(name string) string {
	best, least := "", 3
	for _, n := range names {
		if d := distance(name, n); d < least {
			best, least = n, d
		}
	}
	if best != "" {
		return fmt.Sprintf("did you mean %s?", best)
	}
	return "the fields are " + strings.Join(names, ", ")
}

// distance is how many letters differ (Levenshtein).
func distance(a, b string) int {
	if len(a) > 40 {
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		last := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			last, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, last+cost)
		}
	}
	return row[len(b)]
}

// guard looks for what a rule may not have.
type guard struct {
	wrong string
	at    int
}

func (g *guard) refuse(n ast.Node, format string, args ...any) {
	if g.wrong == "" {
		g.wrong, g.at = fmt.Sprintf(format, args...), n.Location().From
	}
}

// Visit looks at one node.
func (g *guard) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.StringNode, *ast.UnaryNode, *ast.PredicateNode, *ast.PointerNode, *ast.ConstantNode:
	case *ast.ArrayNode:
		if len(n.Nodes) > 100 {
			g.refuse(n, "a list has at most 100 values")
		}
	case *ast.IdentifierNode:
		if !slices.Contains(names, n.Value) {
			g.refuse(n, "%q is no field; %s", cut(n.Value), instead(n.Value))
		}
	case *ast.BinaryNode:
		g.binary(n)
	case *ast.BuiltinNode:
		if !slices.Contains(functions, n.Name) {
			g.refuse(n, "a rule may not use %s(); it may use %s", cut(n.Name), strings.Join(functions, ", "))
		}
	case *ast.CallNode:
		g.refuse(n, "a rule may not call anything but %s", strings.Join(functions, ", "))
	default:
		g.refuse(n, "a rule compares fields; it has no variables, choices, maps, parts of lists or sequences; write two rules")
	}
}

// binary looks at an operator: those that make lists or text, and patterns that are not written out, could cost any amount of time.
func (g *guard) binary(n *ast.BinaryNode) {
	switch n.Operator {
	case "..", "**", "^", "??", "|":
		g.refuse(n, "a rule may not use the operator %s", n.Operator)
	case "matches":
		s, ok := n.Right.(*ast.StringNode)
		if !ok || len(s.Value) > 200 {
			g.refuse(n, "what matches compares with must be written out, in at most 200 bytes")
		}
	case "+":
		if text(n.Left) || text(n.Right) {
			g.refuse(n, "a rule makes no text; compare with == or contains")
		}
	}
}

func text(n ast.Node) bool { _, ok := n.(*ast.StringNode); return ok }

// depth refuses to go through a list within going through a list.
func (g *guard) depth(n ast.Node, within bool) {
	if b, ok := n.(*ast.BuiltinNode); ok && slices.Contains(overDocuments, b.Name) {
		if within {
			g.refuse(b, "%s() may not stand within another one of %s", b.Name, strings.Join(overDocuments, ", "))
			return
		}
		within = true
	}
	for _, c := range children(n) {
		if c != nil {
			g.depth(c, within)
		}
	}
}

// children gives the parts of a node that a rule may have.
func children(n ast.Node) []ast.Node {
	switch n := n.(type) {
	case *ast.UnaryNode:
		return []ast.Node{n.Node}
	case *ast.BinaryNode:
		return []ast.Node{n.Left, n.Right}
	case *ast.BuiltinNode:
		return n.Arguments
	case *ast.PredicateNode:
		return []ast.Node{n.Node}
	case *ast.ArrayNode:
		return n.Nodes
	}
	return nil
}
