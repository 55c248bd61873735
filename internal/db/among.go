package db

import "fmt"

// Among gives the condition that a column is one of the ids, and the argument for its parameter, such as $2. On PostgreSQL the ids
// are an array: a subquery would count as a thousand rows, however few they are, and be answered by going through a whole table
// that its index would have answered at once.
func (t *Tx) Among(column, param string, ids []int64) (condition string, arg any) {
	if t.pg != nil {
		return column + " = any(" + param + ")", ids
	}
	return column + " in (select value from json_each(cast(" + param + " as text)))", IDs(ids)
}

// AmongTexts gives the condition that a column is one of the texts, few of them, and the arguments for its parameters from $from on.
func AmongTexts(column string, from int, texts []string) (condition string, args []any) {
	if len(texts) == 0 {
		return "1 = 0", nil
	}
	for i, t := range texts {
		condition += fmt.Sprintf(", $%d", from+i)
		args = append(args, t)
	}
	return column + " in (" + condition[2:] + ")", args
}
