package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"trustdeck/internal/disk"
	"trustdeck/model"
	"trustdeck/model/attest"
	"trustdeck/model/display"
)

// What is looked through for certificates, so that a wrong folder ends in a message.
const (
	mostFiles   = 10_000
	deepestFile = 10
)

// certificateReader gathers the certificates in a folder and those below it. It follows no link.
type certificateReader struct {
	found  []attest.Certificate
	unread []*model.Fault
	files  int
}

// readCertificates reads a folder. What can't be read in it is in unread; the error is that
// of the folder as a whole.
func readCertificates(ctx context.Context, folder string) (*certificateReader, error) {
	fault := func(err error) error {
		return &model.Fault{Kind: model.FaultLocal, Subject: display.Quote(folder), Text: disk.Reason(err), Hint: "give the folder with the certificates of a ceremony", Err: err}
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, fault(err)
	}
	defer func() { _ = root.Close() }() // it was only read
	out := &certificateReader{}
	if err := out.read(ctx, root, "", 0); err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, fault(err)
	}
	return out, nil
}

// read goes through one folder; at is its path below the first.
func (r *certificateReader) read(ctx context.Context, dir *os.Root, at string, depth int) error {
	if depth > deepestFile {
		return fmt.Errorf("its folders are more than %d deep", deepestFile)
	}
	top, err := dir.Open(".")
	if err != nil {
		return err
	}
	entries, err := top.ReadDir(-1)
	if err = errors.Join(err, top.Close()); err != nil {
		return err
	}
	slices.SortFunc(entries, func(a, b os.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	for _, e := range entries {
		if r.files++; r.files > mostFiles {
			return fmt.Errorf("there are more than %d files", mostFiles)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		switch name := path.Join(at, e.Name()); {
		case e.IsDir() && e.Name() != ".git":
			below, err := disk.OpenIn(dir, e.Name())
			if err == nil {
				err = errors.Join(r.read(ctx, below, name, depth+1), below.Close())
			}
			if err != nil {
				return err
			}
		case e.Type().IsRegular():
			r.readFile(dir, e.Name(), name)
		}
	}
	return nil
}

// readFile takes the certificates of one file. A file that is too long for certificates has none.
func (r *certificateReader) readFile(dir *os.Root, base, name string) {
	content, _, err := disk.ReadIn(dir, base, attest.MaxFile)
	if errors.Is(err, disk.ErrTooLong) {
		return
	}
	var certificates []*x509.Certificate
	if err == nil {
		certificates, err = attest.Certificates(name, content)
	}
	if err != nil {
		r.unread = append(r.unread, &model.Fault{Kind: model.FaultBadData, Subject: display.Quote(filepath.FromSlash(name)), Text: disk.Reason(err), Err: err})
		return
	}
	for _, c := range certificates {
		r.found = append(r.found, attest.Certificate{Certificate: c, Files: []string{name}})
	}
}
