package notary

// SpendBefore lets a test begin near the end of a budget.
func (l *Load) SpendBefore(given, held, work int64) {
	l.budget.Given += given
	l.budget.Held += held
	l.budget.Work += work
}

// Spent is what a load has cost.
func (l *Load) Spent() (given, held, work int64) { return l.budget.Given, l.budget.Held, l.budget.Work }
