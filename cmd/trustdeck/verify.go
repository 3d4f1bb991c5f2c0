package main

import (
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"trustdeck/cmd/trustdeck/internal/table"
	"trustdeck/internal/disk"
	"trustdeck/model"
	"trustdeck/model/report"
	"trustdeck/tui/text"
)

func newVerify(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "verify REPO TAG FILE",
		Short: "Check a file against a tag",
		Long: `Shows the content of a tag, and whether FILE is that content: the file must have the
length and every hash that the trust data states. FILE - is standard input. An image's
content is its manifest, not its layers. trustdeck and notary accept a tag with only a
SHA-512; docker needs a SHA-256.

The exit code is 1 if the file differs or the tag has no content. It is 4 if the tag has
no content because trust is broken, or if the repository conflicts with what was verified
before.`,
		Example: `  docker buildx imagetools inspect --raw registry.example.org/acme/app:1.0 |
    trustdeck verify registry.example.org/acme/app 1.0 -
  trustdeck verify docker.io/acme/tool v2 ./tool`,
		Args:              arguments("a repository, a tag and a file", 3, 3),
		ValidArgsFunction: a.completeFirstRepository,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := a.looking()
			if err != nil {
				return err
			}
			guns, err := a.repositories(cmd.Context(), s, args[:1])
			if err != nil {
				return err
			}
			file, err := a.measure(args[2])
			if err != nil {
				return err
			}
			views, err := a.views(cmd.Context(), s, guns)
			if err != nil {
				return err
			}
			if views[0].Repository == nil {
				return faults(views, true)
			}
			resolution := s.DialectOf(views[0].GUN).Resolve(views[0].Repository, args[1])
			answer := report.NewVerify(views[0], resolution, file)
			err = a.answer(answer, func() error { return a.writeVerify(answer) })
			return errors.Join(err, verdict(answer), faults(views, true))
		},
	}
	a.addOutput(cmd)
	a.addGUN(cmd)
	return cmd
}

// verdict is the error that the answer amounts to.
func verdict(answer report.Verify) error {
	switch {
	case answer.Matches:
		return nil
	case answer.Resolution.Problem != nil && answer.Resolution.Role == "":
		return errBroken
	default:
		return errMismatch
	}
}

// measure reads a file through once.
func (a *app) measure(path string) (report.Content, error) {
	content := report.Content{Name: path}
	in := a.in
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return content, unreadable(path, err)
		}
		defer func() { _ = file.Close() }()
		in = file
	}
	short, long := sha256.New(), sha512.New()
	n, err := io.Copy(io.MultiWriter(short, long), in)
	if err != nil {
		return content, unreadable(path, err)
	}
	content.Length, content.Hashes = n, model.Hashes{SHA256: short.Sum(nil), SHA512: long.Sum(nil)}
	return content, nil
}

func unreadable(path string, err error) error {
	return &model.Fault{Kind: model.FaultLocal, Subject: path, Text: "the file cannot be read: " + disk.Reason(err), Err: err}
}

func (a *app) writeVerify(answer report.Verify) error {
	r, words := answer.Resolution, a.words(answer.Repository)
	var f table.Fields
	f.Put(words.Target, answer.Repository+":"+r.Tag)
	if r.Role != "" {
		f.Put("digest", digestOf(r.SHA256, r.SHA512))
		f.Put("size", text.Number(int(r.Length))+" bytes")
		f.Put("stated by", r.Role)
		f.Put("signers", text.List(r.Signers))
	}
	f.Put("why", r.Reason)
	f.Put("file", answer.File)
	f.Put("file digest", digestOf(answer.FileSHA256, ""))
	f.Put("file size", text.Number(int(answer.FileLength))+" bytes")
	switch {
	case answer.Matches && !r.OK:
		f.Put("verdict", "the file matches the "+words.Target+"; "+words.Puller+" needs a SHA-256 and does not accept the "+words.Target)
	case answer.Matches:
		f.Put("verdict", "the file matches the "+words.Target)
	case r.Role != "":
		f.Put("verdict", "THE FILE DOES NOT MATCH the "+words.Target)
	default:
		f.Put("verdict", "THE "+strings.ToUpper(words.Target)+" HAS NO CONTENT that a client accepts")
	}
	return f.Write(a.out)
}
