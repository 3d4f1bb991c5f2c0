package wiring

import (
	"context"
	"errors"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/port"
)

// A quiet remote has nothing, and is there or not.
type quiet struct {
	port.Remote
	pinged error
}

func (q quiet) Ping(context.Context) error { return q.pinged }

func (quiet) Read(context.Context, model.GUN, port.Ref) (port.File, error) {
	return port.File{}, nil
}

func (quiet) Changes(context.Context, model.GUN) ([]port.Change, error) { return nil, nil }

func TestByRegistryPingsWhatItNeeded(t *testing.T) {
	away := &model.Fault{Kind: model.FaultUnreachable, Text: "away"}
	opened := 0
	b := &byRegistry{
		serverFor: func(gun model.GUN) string { return strings.Split(string(gun), "/")[0] },
		open: func(server string) (port.Remote, error) {
			opened++
			switch server {
			case "bad":
				return nil, &model.Fault{Kind: model.FaultUsage, Text: "no URL"}
			case "away":
				return quiet{pinged: away}, nil
			default:
				return quiet{}, nil
			}
		},
	}
	if err := b.Ping(t.Context()); err != nil {
		t.Errorf("nothing was needed: %v", err)
	}
	for range 2 {
		_, _ = b.Read(t.Context(), "good/a", port.Ref{Role: "root", Limit: 1})
		_, _ = b.Changes(t.Context(), "away/b")
	}
	if opened != 2 {
		t.Errorf("%d clients for 2 servers", opened)
	}
	if err := b.Ping(t.Context()); !errors.Is(err, away) {
		t.Errorf("ping: %v", err)
	}
	if _, err := b.Read(t.Context(), "bad/c", port.Ref{}); model.KindOf(err) != model.FaultUsage {
		t.Errorf("a server that cannot be opened: %v", err)
	}
}
