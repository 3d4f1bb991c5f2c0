package notary

import (
	"bytes"
	"fmt"
	"slices"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// ParsePayload reads what is to be signed of a file. It takes only what Notary itself would write
// for the content: a server and Notary's clients hash their own re-serialisation (notary-v1, 1.1),
// so that another spelling, or a member that they do not know, breaks the repository later.
func ParsePayload(role model.RoleName, payload []byte) (*File, error) {
	raw := slices.Concat([]byte(wireHead), htmlEscaped(payload), []byte(`,"signatures":[]}`))
	p := newParser(role, raw, newBudget())
	p.unsigned = true
	f, err := p.read(raw)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(f.Canonical(), payload) {
		return nil, &dialect.ParseError{Role: role, Code: model.ProblemNotEmission, Text: "this is not the form in which Notary signs it"}
	}
	f.payload = payload
	return f, nil
}

// ParsePayload is the function ParsePayload.
func (Format) ParsePayload(role model.RoleName, payload []byte) (*dialect.File, error) {
	f, err := ParsePayload(role, payload)
	if err != nil {
		return nil, err
	}
	return f.parsed(), nil
}

// Beyond is what a root says of consistent snapshots, and what a file has that Notary does not
// write.
func (Format) Beyond(f *dialect.File) []string {
	own := asFile(f)
	out := slices.Clone(own.remarks)
	if own.Role == model.RoleRoot {
		out = append(out, fmt.Sprintf("consistent_snapshot: %t", own.ConsistentSnapshot))
	}
	slices.Sort(out)
	return out
}

// Join writes what Notary would write, whatever the file is to be like.
func (Format) Join(role model.RoleName, payload []byte, signatures []dialect.Signature, _ []byte) ([]byte, error) {
	f, err := ParsePayload(role, payload)
	if err != nil {
		return nil, err
	}
	f.Signatures = signatures
	return f.wire(payload), nil
}
