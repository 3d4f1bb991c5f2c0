package dialecttest

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// unsigned is a payload before anyone has signed it, and the file that was made of it.
type unsigned struct {
	role    model.RoleName
	payload []byte
	// before is the file that it replaces.
	before, wire []byte
	signatures   []dialect.Signature
}

// unsigned is a new version of root, with another key, and one of targets, with a target and a
// signer.
func (w *World) unsigned() ([]unsigned, error) {
	key, err := w.NewKey(model.RoleRoot)
	if err != nil {
		return nil, err
	}
	former := w.Keys[model.RoleRoot]
	draft, _, err := w.delegate(1, 2)
	if err != nil {
		return nil, err
	}
	draft.SetRole(model.RoleRoot, 2, former[0].Listed, key.Listed)
	w.Keys[model.RoleRoot] = append(slices.Clone(former), key)
	draft.AddTarget(model.RoleTargets, model.Target{Name: w.Prefix + "a", Length: 4, Hashes: model.Hashes{SHA256: make([]byte, 32)}})
	var out []unsigned
	for _, role := range []model.RoleName{model.RoleRoot, model.RoleTargets} {
		u := unsigned{role: role, before: w.Files[role], payload: draft.Seal(role, At)}
		for _, q := range draft.Quorums(role) {
			for _, public := range q.Keys {
				key, err := w.Find(public.ID)
				if err != nil {
					return nil, err
				}
				sig, err := w.Dialect.Sign(public, key.Private, u.payload)
				if err != nil {
					return nil, err
				}
				if !slices.ContainsFunc(u.signatures, func(have dialect.Signature) bool { return have.KeyID == sig.KeyID }) {
					u.signatures = append(u.signatures, sig)
					draft.Sign(role, sig)
				}
			}
		}
		if u.wire, err = draft.Check(role, At); err != nil {
			return nil, err
		}
		out = append(out, u)
	}
	return out, nil
}

func payloadsAreRead(w *World) error {
	all, err := w.unsigned()
	if err != nil {
		return err
	}
	for _, u := range all {
		f, err := w.Dialect.ParsePayload(u.role, u.payload)
		if err != nil {
			return err
		}
		signed, err := w.Dialect.Parse(u.role, u.wire)
		if err != nil {
			return err
		}
		if !reflect.DeepEqual(f.Metadata, signed.Metadata) || !bytes.Equal(f.Payload, u.payload) || !slices.Equal(w.Dialect.Beyond(f), w.Dialect.Beyond(signed)) {
			return fmt.Errorf("%s says something else before it is signed", u.role)
		}
		var parse *dialect.ParseError
		for _, other := range [][]byte{u.wire, append([]byte(" "), u.payload...), append(slices.Clone(u.payload), ' '), u.payload[:len(u.payload)-1], nil} {
			if _, err := w.Dialect.ParsePayload(u.role, other); !errors.As(err, &parse) || parse.Role != u.role {
				return fmt.Errorf("%q is taken for what is signed of %s: %w", other, u.role, err)
			}
		}
	}
	if _, err := w.Dialect.ParsePayload(model.RoleTargets, all[0].payload); err == nil {
		return errors.New("what is signed of root is taken for targets")
	}
	return nil
}

func payloadsAreJoined(w *World) error {
	all, err := w.unsigned()
	if err != nil {
		return err
	}
	for _, u := range all {
		wire, err := w.Dialect.Join(u.role, u.payload, u.signatures, u.before)
		if err != nil {
			return err
		}
		if !bytes.Equal(wire, u.wire) {
			return fmt.Errorf("%s is joined to\n%s\nand published as\n%s", u.role, wire, u.wire)
		}
		if _, err := w.Dialect.Join(u.role, u.payload[1:], u.signatures, nil); err == nil {
			return fmt.Errorf("a part of %s is joined", u.role)
		}
	}
	return nil
}

// nothingUnsaid changes every third byte of a payload in a way that leaves a digit a digit, or a
// letter a letter.
func nothingUnsaid(w *World) error {
	all, err := w.unsigned()
	if err != nil {
		return err
	}
	for _, u := range all {
		was, err := w.Dialect.ParsePayload(u.role, u.payload)
		if err != nil {
			return err
		}
		beyond := w.Dialect.Beyond(was)
		for i := 0; i < len(u.payload); i += 3 {
			altered := slices.Clone(u.payload)
			altered[i] ^= []byte{1, 32}[i%2]
			is, err := w.Dialect.ParsePayload(u.role, altered)
			if err == nil && reflect.DeepEqual(was.Metadata, is.Metadata) && slices.Equal(beyond, w.Dialect.Beyond(is)) {
				return fmt.Errorf("%s says the same with %q as with %q at byte %d", u.role, altered[max(0, i-20):i+1], u.payload[max(0, i-20):i+1], i)
			}
		}
	}
	return nil
}
