package flow

import (
	"context"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/plan"
)

// Desk is what a front end needs to walk through a flow: the use cases that change
// something, and the files and variables of the user. Its methods take their time
// and are called in the background only. Errors are for people.
type Desk interface {
	// Facts are what is known before the first question.
	Facts(ctx context.Context) (Facts, error)
	// Look reads a repository; nil where it has no trust data.
	Look(ctx context.Context, name string) (*model.Repository, error)
	// ReadFile reads the file of a public key or certificate.
	ReadFile(path string) ([]byte, error)
	// SavePlan writes a plan to a file that does not exist yet.
	SavePlan(path string, p *plan.Plan) error
	// Variable is the passphrase that the environment has for the keys of a
	// label, and the name of its variable; nil where there is none. The caller
	// wipes it.
	Variable(label string) (value []byte, name string)
	// KnownRepositories are those that may need a key of this machine.
	KnownRepositories(ctx context.Context) (admin.Known, error)
	// Prepare and Execute are those of admin.Desk.
	Prepare(ctx context.Context, asked []admin.Asked) (*plan.Plan, error)
	Execute(ctx context.Context, e admin.Execution) (*admin.Outcome, error)
	// The others too: they settle what memory refuses.
	ProposeRoot(ctx context.Context, gun model.GUN) (*admin.RootProposal, error)
	AcceptRoot(ctx context.Context, p *admin.RootProposal, fingerprint string) error
	ProposeRollback(ctx context.Context, gun model.GUN) (*admin.RollbackProposal, error)
	AcceptRollback(ctx context.Context, p *admin.RollbackProposal, roles []model.RoleName) error
}
