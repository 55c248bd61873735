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

// Members gives ids as a table x with the column value, to be cross-joined from the left with the one that they are looked up in, and the
// argument for its parameter, such as $2. Where SQLite has not counted the rows of a table, it rather goes through all of a company's
// rows than to an index by a set ([Tx.Among]); from the left of a cross join it must go by it.
func (t *Tx) Members(param string, ids []int64) (table string, arg any) {
	if t.pg != nil {
		return "unnest(" + param + "::bigint[]) x(value)", ids
	}
	return "json_each(cast(" + param + " as text)) x", IDs(ids)
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
