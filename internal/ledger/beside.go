package ledger

// Beside reads the ledger account written for a line that stands beside an entry on another: a main account alone, or a ledger account
// whose balancing values are all blank, takes the balancing values of the other; its other dimensions are as written.
func (c *Company) Beside(written string, other Account) (a Account, err error) {
	if _, main := c.Accounts[written]; main {
		s := make([]string, len(c.format.segments))
		s[c.format.main] = written
		a = Account{Written: join(s), Main: written}
	} else if a, err = c.Parse(written); err != nil {
		return a, err
	}
	if len(c.format.balancing) == 0 {
		return c.known(a), nil
	}
	s, from := c.format.split(a.Written), c.format.split(other.Written)
	for _, at := range c.format.balancing {
		if s[at] != "" {
			return c.known(a), nil
		}
	}
	for _, at := range c.format.balancing {
		s[at] = from[at]
	}
	return c.known(Account{Written: join(s), Main: a.Main}), nil
}
