package screen

import (
	"context"

	"trustdeck/model"
)

// ChoiceContext is the ID of the ChoiceMsg that asks for other contexts. Its answer are
// their names, with commas between them.
const ChoiceContext = "context"

// Contexts is what screens need of those who keep servers and folders under names.
type Contexts interface {
	// Used are the names of those that are in use, in their order.
	Used() []string
	// Split is the context of a repository and its name there, where several are in use;
	// else the context is empty and the name as it is.
	Split(gun model.GUN) (context string, name model.GUN)
	// List reads those that there are. It is called in the background only.
	List(ctx context.Context) ([]Context, error)
}

// Context is a server or folders under a name. Its texts are not cleaned.
type Context struct {
	Name string
	// Server is a URL or says in words what is read instead.
	Server string
	// TrustFolder and File are paths; empty where there are none of its own.
	TrustFolder, File string
	// Repositories are the names of its repositories that have places of their own.
	Repositories []string
	// Fault is why it cannot be used; nil where it can.
	Fault error
}

// Several reports whether several contexts are shown beside each other.
func (e *Env) Several() bool { return e.Contexts != nil && len(e.Contexts.Used()) > 1 }

// Split is Contexts.Split, where contexts are known.
func (e *Env) Split(gun model.GUN) (context string, name model.GUN) {
	if e.Contexts == nil {
		return "", gun
	}
	return e.Contexts.Split(gun)
}
