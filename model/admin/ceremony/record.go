package ceremony

import (
	"errors"
	"io/fs"

	"trustdeck/model"
	"trustdeck/model/transcript"
)

// TranscriptOf is the file beside that of a ceremony which says what has happened on this machine.
func TranscriptOf(path string) string { return path + ".transcript" }

// Record adds an entry about a ceremony to the transcript of this machine. Time, digest and words are
// set. It refuses a transcript that was changed.
func (s *Service) Record(f *File, e transcript.Entry) error {
	path := TranscriptOf(f.Path)
	text, err := s.Files.Read(path, transcript.MaxSize)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	is, broken := transcript.Read(text)
	if broken != nil {
		return &model.Fault{
			Kind: model.FaultBadData, Subject: path, Text: "the transcript was changed: " + broken.Error(), Err: broken,
			Hint: "Rename it, find out what happened to it, and go on: a new one begins.",
		}
	}
	e.Time, e.Digest, e.Words, e.Rehearsal = s.Clock(), f.Digest().String(), f.Digest().Words(), f.Bundle().Rehearsal
	return s.Files.Replace(path, append(text, is.Next(e)...))
}

// note records what a person who signs has done. Where the signatures are handed back another way, the
// file may be on a medium that can't be written, and there is no transcript.
func (s *Service) note(f *File, w *Signing, what transcript.What, text []string) error {
	if w.Apart {
		return nil
	}
	e := transcript.Entry{What: what, Who: w.Key.Person, Text: text}
	for _, id := range w.Key.IDs {
		e.Keys = append(e.Keys, transcript.Key{ID: id, Serial: w.Key.Serial})
	}
	return s.Record(f, e)
}

// ReadTranscript verifies the transcript in a file. What precedes the first line that breaks it is
// returned beside the error, which leads to a *transcript.Broken.
func (s *Service) ReadTranscript(path string) (*transcript.Transcript, error) {
	text, err := s.Files.Read(path, transcript.MaxSize)
	if err != nil {
		return nil, err
	}
	out, err := transcript.Read(text)
	if err != nil {
		err = &model.Fault{Kind: model.FaultBadData, Subject: path, Text: err.Error(), Hint: "Find out who had access to the file. What comes before that line is as it was written.", Err: err}
	}
	return out, err
}
