package ceremony

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"

	"trustdeck/model"
	"trustdeck/model/bundle"
	"trustdeck/model/display"
	"trustdeck/model/transcript"
)

// TranscriptOf is the file beside that of a ceremony which says what has happened on this machine.
func TranscriptOf(path string) string { return path + ".transcript" }

// Record adds an entry about a ceremony to the transcript of this machine. Time, digest and words are
// set. It refuses a transcript that was changed.
func (s *Service) Record(f *File, e transcript.Entry) error {
	return s.record(TranscriptOf(f.Path), f.Digest(), f.Bundle().Rehearsal, e)
}

func (s *Service) record(path string, of bundle.Digest, rehearsal bool, e transcript.Entry) error {
	e.Digest, e.Words, e.Rehearsal = of.String(), of.Words(), rehearsal
	return s.locked(path, func() error {
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
		e.Time = s.Clock()
		return s.Files.Replace(path, append(text, is.Next(e)...))
	})
}

// note records what a person who signs has done. Where the signatures are handed back another way, the
// file may be on a medium that can't be written: then there is no transcript, and File.Unrecorded says so.
func (s *Service) note(f *File, w *Signing, what transcript.What, text []string) error {
	if f.Unrecorded != nil {
		return nil
	}
	e := transcript.Entry{What: what, Who: w.Key.Person, Text: text}
	for _, id := range w.Key.IDs {
		e.Keys = append(e.Keys, transcript.Key{ID: id, Serial: w.Key.Serial})
	}
	err := s.record(cmp.Or(w.Transcript, TranscriptOf(f.Path)), f.Digest(), f.Bundle().Rehearsal, e)
	if w.Apart && w.Transcript == "" && model.KindOf(err) == model.FaultLocal {
		f.Unrecorded, err = err, nil
	}
	return err
}

// Note adds what a person has to say to the transcript of this machine: the number of a sealed bag, who
// was there. The ceremony may be over. What can't be shown is refused.
func (s *Service) Note(path, who string, text []string) error {
	b, err := s.read(path)
	if err != nil {
		return err
	}
	for _, line := range append([]string{who}, text...) {
		if !display.Shown(line) || len(line) > transcript.MaxText {
			return &model.Fault{
				Kind: model.FaultUsage, Text: "the note has characters that can't be shown, or is too long: " + display.Strip(line, bundle.MaxText),
				Hint: fmt.Sprintf("Write a line of at most %d bytes.", transcript.MaxText),
			}
		}
	}
	return s.record(TranscriptOf(path), b.Digest(), b.Rehearsal, transcript.Entry{What: transcript.Noted, Who: who, Text: text})
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
