package plan

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"trustdeck/model"
)

// schema is the version of the file format; docs/json.md lists its members.
const schema = "trustdeck/v1"

// MaxFile is the largest plan file in bytes that is read.
const MaxFile = 8 << 20

// Saved is what a plan file holds that is believed: what was asked, of which
// files, and what it came to. The rest of the file is for people.
type Saved struct {
	Requests []SavedRequest
	// Digest is that of the plan that was reviewed.
	Digest string
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
	// Plan is for whoever reads the file; it is not read back.
	Plan *Plan `json:"plan,omitempty"`
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
		out.Ask = append(out.Ask, fileRequest{part.GUN, part.Base, encodeChanges(part.Changes)})
	}
	text, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("plan: %v", err)) // all of these can be encoded
	}
	return append(text, '\n')
}

func encodeChanges(changes []model.Change) []byte {
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
		return nil, fmt.Errorf("the plan has %d bytes, and at most %d are read", len(text), MaxFile)
	}
	var in file
	if err := strict(text, &in); err != nil {
		return nil, fmt.Errorf("this is not a plan: %w", err)
	}
	if in.Schema != schema {
		return nil, fmt.Errorf("this plan has the schema %q, and only %q is known", in.Schema, schema)
	}
	if len(in.Ask) == 0 || in.Digest == "" {
		return nil, errors.New("this plan asks for nothing")
	}
	out := &Saved{Digest: in.Digest}
	for _, r := range in.Ask {
		gun, err := model.ParseGUN(string(r.GUN))
		if err != nil {
			return nil, fmt.Errorf("this is not a plan: %w", err)
		}
		changes, err := decodeChanges(r.Changes)
		if err != nil {
			return nil, err
		}
		out.Requests = append(out.Requests, SavedRequest{gun, r.Base, changes})
	}
	return out, nil
}

func decodeChanges(text []byte) ([]model.Change, error) {
	var in []fileChange
	if err := strict(text, &in); err != nil {
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
	case model.Witness{}.Kind():
		return decode[model.Witness](c)
	case model.RemoveSigner{}.Kind():
		return decode[model.RemoveSigner](c)
	case model.RotateKey{}.Kind():
		return decode[model.RotateKey](c)
	default:
		return nil, fmt.Errorf("this plan asks for a change of kind %q, which this version does not know", c.Kind)
	}
}

func decode[T model.Change](c fileChange) (model.Change, error) {
	var out T
	if err := strict(c.What, &out); err != nil {
		return nil, fmt.Errorf("the change %q of this plan is not readable: %w", c.Kind, err)
	}
	return out, nil
}

// strict refuses members that are not known: a plan that says more than is
// understood must not be applied.
func strict(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows it")
	}
	return nil
}
