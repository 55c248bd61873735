package ledger

// Segments gives the values of the dimensions of an account, by the names of the dimensions; a blank one is left out.
func (c *Company) Segments(a Account) map[string]string {
	values := map[string]string{}
	for i, v := range c.format.split(a.Written) {
		if i != c.format.main && i < len(c.format.segments) && v != "" {
			values[c.format.segments[i]] = v
		}
	}
	return values
}
