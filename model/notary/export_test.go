package notary

// SpendBefore lets a test begin near the end of a budget.
func (l *Load) SpendBefore(given, held, work int64) {
	l.budget.given += given
	l.budget.held += held
	l.budget.work += work
}

// Spent is what a load has cost.
func (l *Load) Spent() (given, held, work int64) { return l.budget.given, l.budget.held, l.budget.work }
