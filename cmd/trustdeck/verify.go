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
		Short: "Check a file against what a tag stands for",
		Long: `Says what content a tag stands for and whether FILE is that content: its length
and every hash that the trust data states must be those of the file. FILE - is
standard input. For an image the content is its manifest, not its layers. A tag
with a SHA-512 alone is enough here and for notary; docker needs a SHA-256.

The exit code is 1 where the file differs or the tag stands for nothing, and 4
where it stands for nothing because trust is broken, or the repository is not what
was verified before.`,
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
		f.Put("verdict", "the file is what the "+words.Target+" stands for; "+words.Puller+" needs a SHA-256 and does not take the "+words.Target)
	case answer.Matches:
		f.Put("verdict", "the file is what the "+words.Target+" stands for")
	case r.Role != "":
		f.Put("verdict", "THE FILE DIFFERS from what the "+words.Target+" stands for")
	default:
		f.Put("verdict", "THE "+strings.ToUpper(words.Target)+" STANDS FOR NOTHING that a client accepts")
	}
	return f.Write(a.out)
}
