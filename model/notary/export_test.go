package notary

import (
	"trustdeck/model"
	"trustdeck/model/dialect"
)

// SpendBefore lets a test begin near the end of a budget.
func (l *Load) SpendBefore(given, held, work int64) {
	l.budget.Given += given
	l.budget.Held += held
	l.budget.Work += work
}

// Spent is what a load has cost.
func (l *Load) Spent() (given, held, work int64) { return l.budget.Given, l.budget.Held, l.budget.Work }

// LoadSharing is a Load that shares parsed files.
func LoadSharing(cfg dialect.Config, parsed *ParsedFiles) *Load { return newLoad(cfg, parsed) }

// Held are the files that are held, the last used one at the end, by their versions.
func (p *ParsedFiles) Held() (versions []int64, bytes int64) {
	for _, f := range p.files {
		versions = append(versions, f.file.Version)
	}
	return versions, p.held
}

// Read parses a file, and returns the one that is shared.
func (p *ParsedFiles) Read(role model.RoleName, raw []byte) (*File, error) {
	f, err := p.parse(role, raw, newBudget())
	if err != nil {
		return nil, err
	}
	return f.file, nil
}

// MostParsed is how many bytes are held at most.
const MostParsed = mostParsed
