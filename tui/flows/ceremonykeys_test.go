package flows_test

import (
	"context"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin/ceremony"
	"trustdeck/model/admin/ceremony/ceremonytest"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
	"trustdeck/tui/plain"
	"trustdeck/tui/tuitest"
)

// countedKeys counts how often the keys of a machine are read.
type countedKeys struct {
	*tuitest.CeremonyBackend
	read int
}

func (c *countedKeys) PrivateKeys(ctx context.Context) ([]model.PrivateKey, error) {
	c.read++
	return c.CeremonyBackend.PrivateKeys(ctx)
}

func (c *countedKeys) SigningKeys(ctx context.Context, f *ceremony.File) ([]ceremony.Key, error) {
	c.read++
	return c.CeremonyBackend.SigningKeys(ctx, f)
}

// The keys of a machine, which may be on a token, are read once where one is to sign, and not where
// copies are merged.
func TestKeysOfCeremonyReadOnce(t *testing.T) {
	t.Parallel()
	scene := tuitest.NewCeremonyBackend().Scene
	for id, row := range map[string]struct {
		given map[string][]string
		want  int
	}{
		"ceremony-request": {map[string][]string{flows.CeremonyGUN: {"docker.io/acme/app"}, flows.CeremonyKind: {string(scene.Dialect.Name())}, "name": {"Ada"}}, 1},
		"ceremony-sign":    {map[string][]string{flows.CeremonyFile: {tuitest.CeremonyFile}, "time": {ceremonytest.Now.Format(time.RFC3339)}}, 1},
		"ceremony-merge":   {map[string][]string{flows.CeremonyFile: {tuitest.CeremonyFile}, flows.CeremonyCopies: {tuitest.CeremonyCopy}}, 0},
	} {
		c := &countedKeys{CeremonyBackend: tuitest.NewCeremonyBackend()}
		f := flows.All(flows.Ports{Ceremonies: c}).Find(id)
		facts, err := f.Source.Facts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		m, effect := flow.New(f, facts, flow.Answers{Values: row.given})
		plain.Settle(t.Context(), c.On, m, effect)
		for range 10 {
			if m.State() == flow.Asking {
				plain.Settle(t.Context(), c.On, m, m.Answer(""))
			}
		}
		if m.State() == flow.Asking {
			t.Errorf("%s still asks %q: %v", id, m.Step().Question, m.Problem())
		}
		if c.read != row.want {
			t.Errorf("%s reads the keys %d times, want %d", id, c.read, row.want)
		}
	}
}
