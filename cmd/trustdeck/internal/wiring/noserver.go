package wiring

import (
	"context"

	"trustdeck/model"
	"trustdeck/model/port"
)

// nowhere stands for the server in cache and memory where there is none.
const nowhere = "no server"

// noServer is the remote of a context whose repositories are all at places of their own.
type noServer struct{ context string }

var _ port.Remote = noServer{}

// Source names the context.
func (n noServer) Source() model.Source {
	return model.Source{Kind: model.SourceServer, Name: n.context}
}

func (n noServer) fault(gun model.GUN) error {
	return &model.Fault{
		Kind: model.FaultNotFound, Subject: string(gun), Text: "the context " + n.context + " has no server and no repository with this name",
		Hint: "give another context with --context, or give the repository a name: trustdeck repos add NAME LOCATION",
	}
}

// publisher is none.
func (n noServer) publisher(gun model.GUN) (port.Publisher, error) { return nil, n.fault(gun) }

// Read fails.
func (n noServer) Read(_ context.Context, gun model.GUN, _ port.Ref) (port.File, error) {
	return port.File{}, n.fault(gun)
}

// Changes fails.
func (n noServer) Changes(_ context.Context, gun model.GUN) ([]port.Change, error) {
	return nil, n.fault(gun)
}

// Repositories are none.
func (noServer) Repositories(context.Context) ([]port.Listed, error) { return nil, nil }

// Ping succeeds: there is nobody to ask.
func (noServer) Ping(context.Context) error { return nil }

// unlisted is a trust folder whose repositories are all on some server, and so none of a
// context without one.
type unlisted struct{ port.TrustDir }

// Repositories are none.
func (unlisted) Repositories(context.Context) ([]port.Listed, error) { return nil, nil }

// StagedRepositories are none.
func (unlisted) StagedRepositories(context.Context) ([]port.Listed, error) { return nil, nil }
