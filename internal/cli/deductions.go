package cli

// deductionsCmd is everything about deductions.
type deductionsCmd struct {
	deductionsSearch
}
