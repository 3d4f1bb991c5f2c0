package dialecttest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

func writtenVerifies(w *World) error {
	if err := w.Sound(); err != nil {
		return err
	}
	if got := w.Repository.Dialect; got != w.Dialect.Name() {
		return fmt.Errorf("the repository is of %q, and the dialect is %q", got, w.Dialect.Name())
	}
	if p := w.Dialect.Refusal(w.Repository); p != nil {
		return fmt.Errorf("clients refuse it: %s", p.Text)
	}
	return nil
}

func sameBytes(w *World) error {
	var sealed [2][]byte
	for i := range sealed {
		draft := w.Dialect.Draft(GUN, w.Repository, true)
		draft.Bump(model.RoleTargets)
		sealed[i] = draft.Seal(model.RoleTargets, At)
	}
	if !bytes.Equal(sealed[0], sealed[1]) {
		return errors.New("two drafts of one change differ")
	}
	return nil
}

func readsBack(w *World) error {
	for role, raw := range w.Files {
		f, err := w.Dialect.Parse(role, raw)
		if err != nil {
			return err
		}
		if f.Role != role || f.Version < 1 || f.Expires.IsZero() {
			return fmt.Errorf("%s reads back as %s %d, until %s", role, f.Role, f.Version, f.Expires)
		}
		if text := w.Dialect.Deviation(f, raw); text != "" {
			return fmt.Errorf("%s is not what the dialect writes: %s", role, text)
		}
		var parse *dialect.ParseError
		if _, err := w.Dialect.Parse(role, raw[:len(raw)/2]); !errors.As(err, &parse) || parse.Role != role {
			return fmt.Errorf("half of %s: %w", role, err)
		}
	}
	return nil
}

func changeContinues(w *World) error {
	draft := w.Dialect.Draft(GUN, w.Repository, true)
	draft.Bump(model.RoleTargets)
	before, after := draft.Before(model.RoleTargets), draft.After(model.RoleTargets)
	if before == nil || after == nil || after.Version != before.Version+1 {
		return fmt.Errorf("after %+v comes %+v", before, after)
	}
	if changes := dialect.Changes(w.Dialect, before, after); len(changes) > 0 {
		return fmt.Errorf("a renewal changes %q", changes)
	}
	if got := draft.Rewritten(); !slices.Equal(got, with(draft, model.RoleTargets)) {
		return fmt.Errorf("a renewal of targets rewrites %q", got)
	}
	later, valid := At.Add(time.Hour), draft.Lifetime(model.RoleTargets)
	if err := w.Publish(draft, later); err != nil {
		return err
	}
	if end := w.Repository.Role(model.RoleTargets).Expires; !end.Equal(later.Add(valid)) {
		return fmt.Errorf("it ends at %s", end)
	}
	return w.Sound()
}

func thresholdHolds(w *World) error {
	draft, edges, err := w.delegate(2, 3)
	if err != nil {
		return err
	}
	own := edges[0].Name
	draft.Bump(own)
	if _, err := w.sign(draft, own, At, 1); err == nil {
		return errors.New("one of two signatures passes")
	}
	if _, err := w.sign(draft, own, At, 0); err != nil {
		return fmt.Errorf("two of three keys: %w", err)
	}
	return nil
}

func rootNeedsFormer(w *World) error {
	next, err := w.NewKey(model.RoleRoot)
	if err != nil {
		return err
	}
	draft := w.Dialect.Draft(GUN, w.Repository, true)
	draft.SetRole(model.RoleRoot, 1, next.Listed)
	if quorums := draft.Quorums(model.RoleRoot); len(quorums) != 2 || !quorums[0].Former || quorums[0].Threshold != 2 || quorums[1].Threshold != 1 {
		return fmt.Errorf("who must sign: %+v", quorums)
	}
	payload := draft.Seal(model.RoleRoot, At)
	sig, err := w.Dialect.Sign(next.Listed, next.Private, payload)
	if err != nil {
		return err
	}
	draft.Sign(model.RoleRoot, sig)
	if _, err := draft.Check(model.RoleRoot, At); err == nil {
		return errors.New("the new key alone passes")
	}
	former, err := w.Dialect.Parse(model.RoleRoot, w.Files[model.RoleRoot])
	if err != nil {
		return err
	}
	w.Keys[model.RoleRoot] = append(w.Keys[model.RoleRoot], next)
	if err := w.Publish(draft, At); err != nil {
		return err
	}
	root, err := w.Dialect.Parse(model.RoleRoot, w.Files[model.RoleRoot])
	if err != nil {
		return err
	}
	if p := w.Dialect.Succeeds(GUN, At, former, former); p != nil {
		return fmt.Errorf("the first root does not stand by itself: %s", p.Text)
	}
	if p := w.Dialect.Succeeds(GUN, At, former, root); p != nil {
		return fmt.Errorf("it is no successor: %s", p.Text)
	}
	if p := w.Dialect.Succeeds(GUN, At, root, former); p == nil {
		return errors.New("the former root succeeds the new one")
	}
	return w.Sound()
}

func edgesAreStated(w *World) error {
	draft, edges, err := w.delegate(1, 2)
	if err != nil {
		return err
	}
	if err := w.Publish(draft, At); err != nil {
		return err
	}
	for _, edge := range edges {
		role := w.Repository.Role(edge.Name)
		switch {
		case role == nil:
			return fmt.Errorf("there is no role %s", edge.Name)
		case len(role.Parents) != 1 || role.Parents[0].From != edge.From || role.Parents[0].Name != edge.Name:
			return fmt.Errorf("%s is delegated by %+v", edge.Name, role.Parents)
		case !slices.Equal(role.Parents[0].KeyIDs, role.Listed) || len(role.Keys) != 2 || role.Threshold != int(role.Parents[0].Threshold):
			return fmt.Errorf("%s: its edge %+v and its keys %q differ", edge.Name, role.Parents[0], role.Listed)
		case !slices.ContainsFunc(w.Repository.Role(edge.From).Delegations, func(d model.Delegation) bool {
			return d.From == edge.From && d.Name == edge.Name && slices.Equal(d.KeyIDs, role.Listed)
		}):
			return fmt.Errorf("the delegations of %s are %+v", edge.From, w.Repository.Role(edge.From).Delegations)
		case role.Short == "" || w.Dialect.Short(role.Name) != role.Short:
			return fmt.Errorf("%s is %q for short, or %q", role.Name, role.Short, w.Dialect.Short(role.Name))
		}
	}
	for i := range w.Repository.Roles {
		if role := &w.Repository.Roles[i]; role.Online != slices.Contains(w.Dialect.Online(), role.Name) {
			return fmt.Errorf("%s is online: %t, and the dialect signs %q online", role.Name, role.Online, w.Dialect.Online())
		}
	}
	return w.Sound()
}

func signerRoundTrip(w *World) error {
	draft, edges, err := w.delegate(1, 1)
	if err != nil {
		return err
	}
	if draft.Delegate(edges[0], listed(w.Keys[edges[0].Name])...) {
		return errors.New("to delegate again what is delegated is a change")
	}
	if err := w.Publish(draft, At); err != nil {
		return err
	}
	if name, ok := w.Dialect.SignerOf(edges[0].Name); !ok || name != w.Signer {
		return fmt.Errorf("%s is the role of %q, %t", edges[0].Name, name, ok)
	}
	if !slices.ContainsFunc(w.Repository.Signers, func(s model.Signer) bool {
		return s.Name == w.Signer && s.Role == edges[0].Name && len(s.Keys) == 1 && len(s.Shared) == min(1, len(edges)-1)
	}) {
		return fmt.Errorf("the signers are %+v", w.Repository.Signers)
	}
	if shared := w.Dialect.Shared(); len(shared) != len(edges)-1 || len(w.Repository.Shared) != len(shared) {
		return fmt.Errorf("%d roles are shared, and a signer is made of %d edges", len(shared), len(edges))
	}
	return nil
}

func edgeStatedAnew(w *World) error {
	draft, edges, err := w.delegate(1, 2)
	if err != nil {
		return err
	}
	if err := w.Publish(draft, At); err != nil {
		return err
	}
	own := edges[0]
	path := append([]string{"a"}, own.Paths...)
	draft = w.Dialect.Draft(GUN, w.Repository, true)
	draft.SetEdge(model.Delegation{From: own.From, Name: own.Name, Threshold: 2, Paths: path})
	draft.Bump(own.Name)
	if _, err := w.sign(draft, own.Name, At, 1); err == nil {
		return errors.New("one of two signatures passes")
	}
	if err := w.Publish(draft, At); err != nil {
		return err
	}
	role := w.Repository.Role(own.Name)
	if role.Threshold != 2 || len(role.Keys) != 2 || !slices.Equal(role.Paths, path) {
		return fmt.Errorf("%s has %d keys, the threshold %d and the paths %q", own.Name, len(role.Keys), role.Threshold, role.Paths)
	}
	return w.Sound()
}

func pathsMatch(w *World) error {
	edges, err := w.Dialect.SignerEdges(w.Signer)
	if err != nil {
		return err
	}
	own := edges[0]
	if from, ok := w.Dialect.Delegator(own.Name); ok && from != own.From {
		return fmt.Errorf("only %s can delegate to %s, and a signer's edge is from %s", from, own.Name, own.From)
	}
	if from, ok := w.Dialect.Delegator(model.RoleTargets); !ok || from != model.RoleRoot {
		return fmt.Errorf("%q delegates to targets", from)
	}
	everything := w.Dialect.AllPaths()
	for _, path := range everything {
		if err := w.Dialect.CheckPath(path, everything); err != nil {
			return fmt.Errorf("what stands for every target cannot be delegated: %w", err)
		}
	}
	if len(everything) > 0 && !w.Dialect.Matcher(model.Delegation{Paths: everything})("any name") {
		return fmt.Errorf("%q do not match every name", everything)
	}
	if w.Dialect.Matcher(model.Delegation{})("any name") {
		return errors.New("without paths it matches")
	}
	if got := w.Dialect.Restrict(everything, own.Paths); !slices.Equal(got, own.Paths) {
		return fmt.Errorf("below everything, %q are %q", own.Paths, got)
	}
	file := &model.Metadata{Role: own.From, Roles: []model.Delegation{own}}
	if err := w.Dialect.CheckSize(file); err != nil {
		return fmt.Errorf("one delegation is too much: %w", err)
	}
	return nil
}

func undelegatedIsGone(w *World) error {
	draft, edges, err := w.delegate(1, 1)
	if err != nil {
		return err
	}
	own := edges[0]
	if !draft.Reached(own.Name) || !slices.Equal(draft.Delegators(own.Name), []model.RoleName{own.From}) {
		return fmt.Errorf("%s is delegated by %q", own.Name, draft.Delegators(own.Name))
	}
	if err := w.Publish(draft, At); err != nil {
		return err
	}
	draft = w.Dialect.Draft(GUN, w.Repository, true)
	draft.Undelegate(own.From, own.Name)
	if _, ok := draft.Delegated(own.From, own.Name); ok || draft.Reached(own.Name) || len(draft.Delegators(own.Name)) > 0 || len(draft.Listed(own.Name)) > 0 {
		return fmt.Errorf("%s is still reached", own.Name)
	}
	if err := w.Publish(draft, At); err != nil {
		return err
	}
	if w.Repository.Role(own.Name) != nil {
		return fmt.Errorf("%s is still there", own.Name)
	}
	return w.Sound()
}

func keysKeepIdentity(w *World) error {
	for _, keys := range w.Keys {
		for _, k := range keys {
			bare, err := w.Dialect.Bare(k.Private.Public())
			if err != nil {
				return err
			}
			described := w.Dialect.Describe(k.Listed)
			if id := w.Dialect.CanonicalID(k.Listed); id != bare.ID || described.ID != id || !described.Has(k.Listed.ID) {
				return fmt.Errorf("key %s is %s, and described as %s", bare.ID, id, described.ID)
			}
			if w.Dialect.Fingerprint(k.Listed) != described.Fingerprint() || described.Fingerprint() == "" {
				return fmt.Errorf("key %s has two fingerprints", bare.ID)
			}
			sig, err := w.Dialect.Sign(k.Listed, k.Private, []byte("payload"))
			if err != nil {
				return err
			}
			if err := w.Dialect.Verify(k.Listed, []byte("payload"), sig); err != nil {
				return err
			}
			if method := w.Dialect.Method(k.Listed); method != sig.Method {
				return fmt.Errorf("key %s signs with %q, and its method is %q", bare.ID, sig.Method, method)
			}
			if w.Dialect.Verify(k.Listed, []byte("another"), sig) == nil {
				return errors.New("a signature of something else verifies")
			}
		}
	}
	return nil
}
