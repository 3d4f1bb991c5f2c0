package tuitest

import (
	"context"
	"strings"

	"trustdeck/model"
	"trustdeck/tui/screen"
)

// Contexts are contexts that are in use, and those that there are. It satisfies
// screen.Contexts.
type Contexts struct {
	InUse []string
	All   []screen.Context
}

var _ screen.Contexts = (*Contexts)(nil)

// NewContexts has three contexts, of which the first is in use, and one that cannot be used.
func NewContexts() *Contexts {
	return &Contexts{InUse: []string{"default"}, All: []screen.Context{
		{Name: "default", Server: "each registry's own", TrustFolder: "/home/ada/.docker/trust", Repositories: []string{}},
		{Name: "prod", Server: "https://notary.example.org:4443", File: "/home/ada/.config/trustdeck/contexts/prod.toml"},
		{Name: "vendor", File: "/home/ada/.config/trustdeck/contexts/vendor.toml", Repositories: []string{"acme", "tools"}},
		{Name: "wrong", File: "/home/ada/.config/trustdeck/contexts/wrong.toml", Fault: &model.Fault{
			Kind: model.FaultUsage, Subject: "wrong.toml", Text: "theme is not a setting of a context", Hint: "move it to config.toml",
		}},
	}}
}

// Used are the names of those in use.
func (c *Contexts) Used() []string { return c.InUse }

// Split is what stands before and after the first colon, where several are in use.
func (c *Contexts) Split(gun model.GUN) (in string, name model.GUN) {
	before, after, ok := strings.Cut(string(gun), ":")
	if len(c.InUse) < 2 || !ok {
		return "", gun
	}
	return before, model.GUN(after)
}

// List returns all.
func (c *Contexts) List(context.Context) ([]screen.Context, error) { return c.All, nil }
