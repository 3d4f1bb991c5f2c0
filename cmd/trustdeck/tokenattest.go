package main

import (
	"context"
	"encoding/pem"
	"errors"
	"path/filepath"

	"github.com/spf13/cobra"

	"trustdeck/internal/disk"
	"trustdeck/model"
	"trustdeck/model/admin/tokens"
	"trustdeck/model/display"
	"trustdeck/model/report"
)

func newTokenAttest(a *app) *cobra.Command {
	var into string
	var roots []string
	cmd := &cobra.Command{
		Use:   "attest [SERIAL] --into FOLDER",
		Short: "Have a token prove which keys it has made",
		Long: `Asks the tokens that are plugged in, or the one with this serial number, to attest the keys in
their slots, and writes the certificates into FOLDER/SERIAL: SLOT.pem for each key that was
made on the token, and device.pem, which its maker gave the token. Then it checks them, as
trustdeck attest does for everyone who gets the folder. An imported key is not attested.

It needs no PIN and no touch. A file that is there already is not replaced. The exit code
is 3 if a key is not proved to be on a token.`,
		Example: `  trustdeck token attest --into ceremony/2026-11-30
  trustdeck token attest 1234567 --into ceremony/2026-11-30 --roots yubico-ca-certs.txt`,
		Args: arguments("a serial number", 0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if into == "" {
				return usageError("--into is missing", "Name the folder for the certificates.")
			}
			s, err := a.session()
			if err != nil {
				return err
			}
			if err := a.writeAttestations(cmd.Context(), s.TokenChanges(), a.world.Path(into), args); err != nil {
				return err
			}
			audit, unread, err := a.audit(cmd, into, roots)
			if err != nil {
				return err
			}
			answer := report.NewAttest(into, audit, unread)
			err = a.answer(answer, func() error { return a.writeChains(audit) })
			if answer.Unproved() > 0 {
				err = errors.Join(err, errFindings)
			}
			return err
		},
	}
	cmd.Flags().StringVar(&into, "into", "", "write the certificates into `FOLDER`, which is made if it isn't there")
	listVar(cmd.Flags(), &roots, "roots", "trust the root certificates in `FILE`; may be repeated")
	_ = cmd.MarkFlagDirname("into")
	_ = cmd.MarkFlagFilename("roots")
	a.addOutput(cmd)
	return cmd
}

// writeAttestations asks tokens for the proofs of their keys, and keeps them as files: those of all
// that are plugged in, or of the one with the serial number in args.
func (a *app) writeAttestations(ctx context.Context, service *tokens.Service, into string, args []string) error {
	plugged, err := service.Plugged(ctx)
	if err != nil {
		return err
	}
	found := false
	for i := range plugged {
		t := &plugged[i]
		if len(args) > 0 && args[0] != t.Serial {
			continue
		}
		found = true
		proofs, err := service.Attest(ctx, t)
		if err != nil {
			return err
		}
		folder := filepath.Join(into, disk.SafeName(t.Serial))
		for _, p := range proofs {
			if err := writeCertificate(filepath.Join(folder, disk.SafeName(p.Slot)+".pem"), p.Key); err != nil {
				return err
			}
		}
		if err := writeCertificate(filepath.Join(folder, "device.pem"), proofs[0].Maker); err != nil {
			return err
		}
	}
	if !found {
		return &model.Fault{Kind: model.FaultLocal, Subject: "token " + display.Quote(args[0]), Text: "is not plugged in", Hint: "List those that are: trustdeck tokens"}
	}
	return nil
}

// writeCertificate writes a new file with a certificate, which is no secret.
func writeCertificate(path string, der []byte) error {
	const shown, folder = 0o644, 0o755
	err := disk.MakeFolder(filepath.Dir(path), folder)
	if err == nil {
		err = disk.File{Name: path, Mode: shown, New: true}.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	}
	if err != nil {
		return &model.Fault{Kind: model.FaultLocal, Subject: display.Quote(path), Text: "was not written: " + disk.Reason(err), Hint: "Give another folder with --into.", Err: err}
	}
	return nil
}
