package db

// Among gives the condition that a column is one of the ids, and the argument for its parameter, such as $2. On PostgreSQL the ids
// are an array: a subquery would count as a thousand rows, however few they are, and be answered by going through a whole table
// that its index would have answered at once.
func (t *Tx) Among(column, param string, ids []int64) (condition string, arg any) {
	if t.pg != nil {
		return column + " = any(" + param + ")", ids
	}
	return column + " in (select value from json_each(cast(" + param + " as text)))", IDs(ids)
}
