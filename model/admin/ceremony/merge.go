package ceremony

import (
	"errors"

	"trustdeck/model"
	"trustdeck/model/bundle"
	"trustdeck/model/transcript"
)

// Merged is what a merge has come to.
type Merged struct {
	*File
	// New are the signatures that the file did not have.
	New []bundle.Signature
}

// Merge brings the signatures of other copies into a file, each verified: all of them, or none. The
// order makes no difference, and a copy may be merged again.
func (s *Service) Merge(path string, others ...string) (*Merged, error) {
	f, err := s.Open(path)
	if err != nil {
		return nil, err
	}
	had := f.Bundle().Signatures
	for _, other := range others {
		b, err := s.read(other)
		if err != nil {
			return nil, err
		}
		if err := f.Merge(b); err != nil {
			return nil, s.refused(f, about(other, err))
		}
	}
	return s.merged(f, had)
}

// MergeAnswer brings the signatures of an answer into a file, typed, pasted or scanned.
func (s *Service) MergeAnswer(path, text string) (*Merged, error) {
	f, err := s.Open(path)
	if err != nil {
		return nil, err
	}
	had := f.Bundle().Signatures
	if _, err := f.Take(text); err != nil {
		return nil, s.refused(f, about(path, err))
	}
	return s.merged(f, had)
}

func (s *Service) merged(f *File, had []bundle.Signature) (*Merged, error) {
	now, err := s.write(f)
	if err != nil {
		return nil, err
	}
	out := &Merged{File: now}
	for _, sig := range now.Bundle().Signatures {
		if !hasSigned(had, sig) {
			out.New = append(out.New, sig)
		}
	}
	var lines []string
	for _, sig := range out.New {
		lines = append(lines, "a signature of "+string(sig.Role)+" by key "+string(sig.KeyID))
	}
	return out, s.Record(now, transcript.Entry{What: transcript.Merged, Text: lines})
}

// refused notes why copies were refused.
func (s *Service) refused(f *File, err error) error {
	return errors.Join(err, s.Record(f, transcript.Entry{What: transcript.Refused, Text: []string{err.Error()}}))
}

// hasSigned reports whether a key has signed a payload.
func hasSigned(all []bundle.Signature, by bundle.Signature) bool {
	for _, s := range all {
		if s.Role == by.Role && s.KeyID == by.KeyID {
			return true
		}
	}
	return false
}

// Partial writes the file of a role with the signatures so far, and an empty one for each key that is
// still asked, into a new file.
func (s *Service) Partial(f *File, role model.RoleName, to string) error {
	content := f.Partial(role)
	if content == nil {
		return &model.Fault{Kind: model.FaultUsage, Subject: f.Path, Text: "nothing of " + string(role) + " can be written: it is not signed here, or this is a rehearsal", Hint: "Name a role that the ceremony signs."}
	}
	return s.Files.Create(to, content)
}
