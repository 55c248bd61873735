package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"
)

type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Run prints the completion script of a shell, made from the grammar.
func (c *completionCmd) Run(e *env) error {
	var words []wordsAfter
	collect(e.model.Node, "", flagNames(e.model.Node), &words)
	switch c.Shell {
	case "fish":
		return writeFish(e.stdout, words)
	case "zsh":
		if _, err := io.WriteString(e.stdout, "#compdef quittance\nautoload -U +X bashcompinit && bashcompinit\n"); err != nil {
			return err
		}
	}
	return writeBash(e.stdout, words)
}

// wordsAfter are the words that may follow a command: commands below it, or else values, and flags.
type wordsAfter struct {
	path     string // such as "reimburse post"; blank for the program itself
	commands []string
	values   []string // of the first argument, when they are known
	flags    []string
}

func collect(n *kong.Node, path string, global []string, all *[]wordsAfter) {
	w := wordsAfter{path: path, flags: append(flagNames(n), global...)}
	if path == "" {
		w.flags = global
	}
	if len(n.Positional) > 0 && n.Positional[0].Enum != "" {
		w.values = strings.Split(n.Positional[0].Enum, ",")
	}
	for _, c := range n.Children {
		w.commands = append(w.commands, c.Name)
	}
	*all = append(*all, w)
	for _, c := range n.Children {
		collect(c, strings.TrimSpace(path+" "+c.Name), global, all)
	}
}

func flagNames(n *kong.Node) []string {
	var names []string
	for _, f := range n.Flags {
		names = append(names, "--"+f.Name)
		if f.Tag != nil && f.Tag.Negatable != "" {
			names = append(names, "--no-"+f.Name)
		}
	}
	return names
}

func writeBash(w io.Writer, words []wordsAfter) error {
	var b strings.Builder
	b.WriteString("_quittance() {\n  local cur=\"${COMP_WORDS[COMP_CWORD]}\" path=\"\" next i\n  COMPREPLY=()\n")
	b.WriteString("  for ((i = 1; i < COMP_CWORD; i++)); do\n    next=\"${path:+$path }${COMP_WORDS[i]}\"\n    case \"$next\" in\n      ")
	var paths []string
	for _, x := range words[1:] {
		paths = append(paths, `"`+x.path+`"`)
	}
	b.WriteString(strings.Join(paths, "|") + ") path=\"$next\" ;;\n    esac\n  done\n  local words flags\n  case \"$path\" in\n")
	for _, x := range words {
		fmt.Fprintf(&b, "    %q) words=%q; flags=%q ;;\n", x.path, strings.Join(append(x.commands, x.values...), " "), strings.Join(x.flags, " "))
	}
	b.WriteString("  esac\n  if [[ $cur == -* ]]; then\n    COMPREPLY=($(compgen -W \"$flags\" -- \"$cur\"))\n  elif [[ -n $words ]]; then\n    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n")
	b.WriteString("  else\n    COMPREPLY=($(compgen -f -- \"$cur\"))\n  fi\n}\ncomplete -F _quittance quittance\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func writeFish(w io.Writer, words []wordsAfter) error {
	var b strings.Builder
	for _, x := range words {
		condition := "__fish_use_subcommand"
		if x.path != "" {
			condition = "__fish_seen_subcommand_from " + strings.Join(strings.Fields(x.path), "; and __fish_seen_subcommand_from ")
			if len(x.commands) > 0 {
				condition += "; and not __fish_seen_subcommand_from " + strings.Join(x.commands, " ")
			}
		}
		if all := append(x.commands, x.values...); len(all) > 0 {
			fmt.Fprintf(&b, "complete -c quittance -f -n '%s' -a '%s'\n", condition, strings.Join(all, " "))
		}
		for _, f := range x.flags {
			fmt.Fprintf(&b, "complete -c quittance -n '%s' -l %s\n", condition, strings.TrimPrefix(f, "--"))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
