package plan

import (
	"bytes"
	"encoding/json"
	"fmt"

	"trustdeck/model"
	"trustdeck/model/strictjson"
)

// schema is the version of the file format, of which docs/changes.md tells.
const schema = "trustdeck/v1"

// MaxFile is the largest plan file in bytes that is read.
const MaxFile = 8 << 20

// Saved is what a plan file holds: what was asked, of which files, and the plan that it
// came to. Of that plan nothing is believed; see Altered.
type Saved struct {
	Requests []SavedRequest
	// Digest is that of the plan that was reviewed.
	Digest string
	// text is the file, compact, and plan what it says of the plan.
	text []byte
	plan *Plan
}

// SavedRequest is what was asked of one repository.
type SavedRequest struct {
	GUN     model.GUN
	Base    []BaseFile
	Changes []model.Change
}

// file is the JSON form.
type file struct {
	Schema string        `json:"schema"`
	Digest string        `json:"digest"`
	Ask    []fileRequest `json:"requests"`
	// Plan is for whoever reads the file. It is compared, and never executed.
	Plan *Plan `json:"plan"`
}

type fileRequest struct {
	GUN     model.GUN       `json:"gun"`
	Base    []BaseFile      `json:"base"`
	Changes json.RawMessage `json:"changes"`
}

type fileChange struct {
	Kind string          `json:"kind"`
	What json.RawMessage `json:"what"`
}

// Encode writes a plan file.
func Encode(p *Plan) []byte {
	out := file{Schema: schema, Digest: p.Digest(), Plan: p}
	for _, part := range p.Parts {
		out.Ask = append(out.Ask, fileRequest{part.GUN, part.Base, EncodeChanges(part.Changes)})
	}
	text, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("plan: %v", err)) // all of these can be encoded
	}
	return append(text, '\n')
}

// EncodeChanges writes changes as a plan file spells them: a JSON list.
func EncodeChanges(changes []model.Change) []byte {
	out := []fileChange{}
	for _, c := range changes {
		what, err := json.Marshal(c)
		if err != nil {
			panic(fmt.Sprintf("plan: %v", err)) // all of these can be encoded
		}
		out = append(out, fileChange{c.Kind(), what})
	}
	text, err := json.Marshal(out)
	if err != nil {
		panic(fmt.Sprintf("plan: %v", err))
	}
	return text
}

// Decode reads a plan file. The error is one sentence that names what is wrong.
func Decode(text []byte) (*Saved, error) {
	if len(text) > MaxFile {
		return nil, fmt.Errorf("the plan has %d bytes; the limit is %d", len(text), MaxFile)
	}
	var known struct {
		Schema string `json:"schema"`
	}
	if err := json.Unmarshal(text, &known); err != nil {
		return nil, fmt.Errorf("this is not a plan: %w", err)
	}
	if known.Schema != schema {
		return nil, fmt.Errorf("this plan has the schema %q; only %q is known", known.Schema, schema)
	}
	var in file
	if err := strictjson.Decode(text, &in); err != nil {
		return nil, altered(err.Error())
	}
	if len(in.Ask) == 0 || in.Plan == nil || len(in.Plan.Parts) != len(in.Ask) {
		return nil, altered("its plan and its request are about different things")
	}
	out := &Saved{Digest: in.Digest, plan: in.Plan}
	for i, r := range in.Ask {
		gun, err := model.ParseGUN(string(r.GUN))
		if err != nil {
			return nil, fmt.Errorf("this is not a plan: %w", err)
		}
		changes, err := DecodeChanges(r.Changes)
		if err != nil {
			return nil, err
		}
		in.Ask[i].Changes = EncodeChanges(changes)
		out.Requests = append(out.Requests, SavedRequest{gun, r.Base, changes})
	}
	if err := out.spelled(text, in); err != nil {
		return nil, err
	}
	return out, nil
}

// spelled refuses a file that is not spelled as Encode spells what was read of it.
func (s *Saved) spelled(text []byte, read file) (err error) {
	if s.text, err = strictjson.Compact(text, read); err != nil {
		return altered(err.Error())
	}
	return nil
}

// Altered reports whether the file says something else than its changes come to on the
// repositories that it was computed from: whoever has read it may have been deceived.
// The plan is compiled again under the circumstances that the file states, which are
// when it was compiled, which keys were there, and what the server had signed; it must
// then be the same, byte for byte. The error is a *model.Fault; another one than that
// of an altered file says why the plan could not be compiled.
func (s *Saved) Altered(requests []Request) error {
	if len(requests) != len(s.plan.Parts) {
		return altered("its plan and its request are about different things")
	}
	p, err := compile(requests, func(i int) circumstances {
		stated := &s.plan.Parts[i]
		here := map[model.KeyID]model.PrivateKey{}
		for _, k := range stated.Here {
			here[k.ID] = k.private()
		}
		return circumstances{at: s.plan.Planned, here: here, served: stated.Served}
	})
	if err != nil {
		return err
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, Encode(p)); err != nil {
		return altered(err.Error())
	}
	if !bytes.Equal(compact.Bytes(), s.text) {
		return altered(p.differs(s))
	}
	return nil
}

// differs says where a file is not what was compiled.
func (p *Plan) differs(s *Saved) string {
	if p.Digest() != s.Digest {
		return "its digest doesn't match its changes"
	}
	return "its plan doesn't match its changes"
}

// altered is the fault of a file that says what it should not.
func altered(why string) error {
	return &model.Fault{
		Kind: model.FaultBadData,
		Text: "the plan file was changed after planning, or another version of trustdeck wrote it: " + why,
		Hint: "Don't trust its contents. Make the plan again, and find out who had access to the file.",
	}
}

// DecodeChanges reads what EncodeChanges has written. The error is one sentence; it does not say
// that a change is spelled otherwise: see strictjson.Compact.
func DecodeChanges(text []byte) ([]model.Change, error) {
	var in []fileChange
	if err := strictjson.Decode(text, &in); err != nil {
		return nil, fmt.Errorf("the changes of this plan are not readable: %w", err)
	}
	var out []model.Change
	for _, c := range in {
		change, err := decodeChange(c)
		if err != nil {
			return nil, err
		}
		out = append(out, change)
	}
	return out, nil
}

func decodeChange(c fileChange) (model.Change, error) {
	switch c.Kind {
	case model.InitRepository{}.Kind():
		return decode[model.InitRepository](c)
	case model.AddSigner{}.Kind():
		return decode[model.AddSigner](c)
	case model.Renew{}.Kind():
		return decode[model.Renew](c)
	case model.Countersign{}.Kind():
		return decode[model.Countersign](c)
	case model.RestateKeys{}.Kind():
		return decode[model.RestateKeys](c)
	case model.Witness{}.Kind():
		return decode[model.Witness](c)
	case model.RemoveSigner{}.Kind():
		return decode[model.RemoveSigner](c)
	case model.RotateKey{}.Kind():
		return decode[model.RotateKey](c)
	case model.AddTarget{}.Kind():
		return decode[model.AddTarget](c)
	case model.RemoveTarget{}.Kind():
		return decode[model.RemoveTarget](c)
	case model.Unstage{}.Kind():
		return decode[model.Unstage](c)
	case model.AddDelegation{}.Kind():
		return decode[model.AddDelegation](c)
	case model.EditDelegation{}.Kind():
		return decode[model.EditDelegation](c)
	case model.RemoveDelegation{}.Kind():
		return decode[model.RemoveDelegation](c)
	case model.SetThreshold{}.Kind():
		return decode[model.SetThreshold](c)
	case model.AllowUnsigned{}.Kind():
		return decode[model.AllowUnsigned](c)
	default:
		return nil, fmt.Errorf("this plan contains a change of kind %q, which this version doesn't know", c.Kind)
	}
}

func decode[T model.Change](c fileChange) (model.Change, error) {
	var out T
	if err := strictjson.Decode(c.What, &out); err != nil {
		return nil, fmt.Errorf("the change %q of this plan is not readable: %w", c.Kind, err)
	}
	return out, nil
}
