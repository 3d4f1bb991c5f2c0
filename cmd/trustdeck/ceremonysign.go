package main

import (
	"context"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/ceremony"
	"trustdeck/model/bundle"
	"trustdeck/model/report"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
)

// signing holds the flags of "ceremony sign".
type signing struct {
	key, serial, time, root, digest string
	yes, answer                     bool
}

func newCeremonySign(a *app) *cobra.Command {
	var flags signing
	cmd := &cobra.Command{
		Use:   "sign FILE",
		Short: "Sign what a ceremony asks of a key on this machine",
		Long: `Verifies the file of a ceremony, and shows what would change. When you accept it, a key of
this machine signs, in a file or on a token; each signature is verified at once, and
written into FILE. It needs no network and no settings. To sign again does no harm.

Before you sign, trustdeck asks four things. Are the words the same that the others see? Is
the clock right? Which number is on the token? And if your key has signed none of the
published roots: is a root the one that you know from elsewhere? Each has a flag, for those
who can't be asked; --yes accepts the rest.

With --answer, FILE stays as it is, and the signatures are shown as lines to type and as a
QR code. Signatures by RSA and ML-DSA keys are too long for that.`,
		Example: `  trustdeck ceremony sign root.ceremony
  trustdeck ceremony sign --answer /media/cdrom/root.ceremony
  trustdeck ceremony sign --key 8dd36646 --time 2026-11-30T10:15Z --yes root.ceremony`,
		Args: arguments("the file of a ceremony", 1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.signCeremony(cmd.Context(), a.world.Path(args[0]), &flags)
		},
	}
	f := cmd.Flags()
	f.StringVar(&flags.key, "key", "", "sign with the key with this `ID`, or its first digits")
	f.StringVar(&flags.serial, "serial", "", "the serial `NUMBER` on the token")
	f.StringVar(&flags.time, "time", "", "what time it is, in UTC: a `TIME` such as 2026-11-30T10:15Z")
	f.StringVar(&flags.root, "root", "", "the SHA-256 of a published root that you know, in `HEX`")
	f.StringVar(&flags.digest, "digest", "", "sign only the ceremony with this digest, in `HEX`")
	f.BoolVar(&flags.answer, "answer", false, "show the signatures as text and QR code, and leave FILE as it is")
	f.BoolVar(&flags.yes, "yes", false, "accept what is shown without asking")
	a.addDetails(cmd)
	a.addOutput(cmd)
	return cmd
}

// signCeremony walks a custodian through the signing of a file.
func (a *app) signCeremony(ctx context.Context, path string, flags *signing) error {
	service, file, err := a.openCeremony(path)
	if err != nil {
		return err
	}
	review := flows.CeremonyReview(file.Opened, a.now())
	a.lines().Show(review)
	if err := a.lines().Flush(); err != nil {
		return err
	}
	w := ceremony.Signing{Path: path, Digest: file.Digest(), Apart: flags.answer}
	if flags.digest != "" && !strings.EqualFold(flags.digest, w.Digest.String()) {
		return &model.Fault{Kind: model.FaultBadData, Subject: path, Text: "this is another ceremony: its digest is " + w.Digest.String(), Hint: "Don't sign it. Get the file again, and compare its words with the others."}
	}
	if w.Key, err = a.signingKey(ctx, service, file, flags); err != nil {
		return err
	}
	if err := a.confirm(ctx, file, &w, flags); err != nil {
		return err
	}
	agreed, err := a.agreeToSign(ctx, review, flags.yes)
	if err != nil {
		return err
	}
	if !agreed {
		return &model.Fault{Kind: model.FaultCanceled, Text: "nothing was signed: you did not accept it"}
	}
	w.Shown, w.Confirmed = linesOf(review), confirmed(&w, flags)
	secrets := a.secrets(flags.yes)
	defer secrets.Wipe()
	signed, err := service.Sign(ctx, w, ceremony.Run{Secrets: secrets, Watch: a.lines().Watch(func([]admin.Step) {})})
	if err != nil {
		return err
	}
	return a.signedCeremony(signed, &w)
}

// linesOf are the lines of a review, with its details.
func linesOf(review flow.Review) []string {
	var out []string
	for _, section := range review.Whole() {
		out = append(out, section.Head)
		for _, line := range section.Lines {
			out = append(out, "  "+line)
		}
	}
	return out
}

// confirmed says what the person who signs has answered.
func confirmed(w *ceremony.Signing, flags *signing) []string {
	out := []string{"time: " + w.Time.UTC().Format(time.RFC3339)}
	if w.Serial != "" {
		out = append(out, "serial number of the token: "+w.Serial)
	}
	if w.Root != (bundle.Digest{}) {
		out = append(out, "a published root that is known: "+w.Root.String())
	}
	if flags.digest != "" {
		out = append(out, "digest of the ceremony: "+w.Digest.String())
	}
	if flags.yes {
		return append(out, "accepted by --yes")
	}
	return append(out, "accepted at the terminal")
}

// signedCeremony says what was signed, and what comes next.
func (a *app) signedCeremony(signed *ceremony.File, w *ceremony.Signing) error {
	told := report.NewCeremony(signed, a.now())
	for _, s := range signed.Bundle().Signatures {
		if slices.ContainsFunc(w.Key.Tasks, func(t bundle.Task) bool { return t.Role == s.Role && t.Key.ID == s.KeyID }) {
			told.Added = append(told.Added, report.CeremonySignature{Role: string(s.Role), Key: string(s.KeyID)})
		}
	}
	if w.Apart {
		answer, err := signed.Answer(w.Key.IDs...)
		if err != nil {
			return err
		}
		told.Lines, told.Codes = answer.Lines, answer.Codes
	}
	return a.answer(told, func() error {
		a.tell("Signed by " + w.Key.Name() + ". " + told.Now)
		return a.writeAnswer(told.Lines, told.Codes)
	})
}

// signingKey chooses the key that signs.
func (a *app) signingKey(ctx context.Context, service *ceremony.Service, file *ceremony.File, flags *signing) (ceremony.Key, error) {
	keys, err := service.SigningKeys(ctx, file)
	if flags.key != "" {
		keys = slices.DeleteFunc(keys, func(k ceremony.Key) bool {
			return !slices.ContainsFunc(k.IDs, func(id model.KeyID) bool { return strings.HasPrefix(string(id), strings.ToLower(flags.key)) })
		})
	}
	switch {
	case len(keys) == 0 && err != nil:
		return ceremony.Key{}, err
	case len(keys) == 0:
		return ceremony.Key{}, usageError("no key on this machine is asked to sign", "Plug in the token, or bring the key file: trustdeck keys lists the keys that are here.")
	case len(keys) == 1:
		return keys[0], nil
	case !a.interactive || flags.yes:
		return ceremony.Key{}, usageError("several keys on this machine are asked to sign", "Choose one with --key, and sign again with the others.")
	}
	var options []string
	for i := range keys {
		options = append(options, keys[i].Name())
	}
	i, ok, err := a.lines().Choose(ctx, options)
	if err == nil && !ok {
		err = &model.Fault{Kind: model.FaultCanceled, Text: "nothing was signed: you chose no key"}
	}
	return keys[i], err
}

// confirm asks for what only the person knows: the words, the time, the token, and a root.
func (a *app) confirm(ctx context.Context, file *ceremony.File, w *ceremony.Signing, flags *signing) error {
	silent := flags.yes || !a.interactive
	ask := func(flag, question string) (bool, error) {
		if silent {
			return false, usageError(question+" There is no answer, and trustdeck can't ask you", "Give --"+flag+".")
		}
		return a.lines().Agree(ctx, question)
	}
	if err := a.confirmTime(w, flags.time, ask); err != nil {
		return err
	}
	switch w.Serial = flags.serial; {
	case w.Key.Serial == "" || w.Serial != "":
	case silent:
		return usageError("trustdeck must know which number is on the token", "Give --serial.")
	default:
		var err error
		if w.Serial, err = a.lines().Line(ctx, "The key is on "+w.Key.Private.Store+". Type the serial number that is printed on your token:"); err != nil {
			return err
		}
	}
	roots := file.Roots()
	switch {
	case flags.root != "":
		raw, err := hex.DecodeString(flags.root)
		if err != nil || len(raw) != len(w.Root) {
			return usageError("--root is not a SHA-256 in hexadecimal", "Give all 64 digits.")
		}
		w.Root = bundle.Digest(raw)
	case len(roots) > 0 && w.Key.Anchor == 0:
		last := roots[len(roots)-1]
		a.tell("Your key has signed none of the published roots, so trustdeck can't know that they are the right ones.")
		for _, line := range flows.RootWords(last) {
			a.tell("  " + line)
		}
		known, err := ask("root", "Have you got the same words for the current root from elsewhere, not with this file?")
		if err != nil {
			return err
		}
		if known {
			w.Root = last.Digest
		}
	}
	return nil
}

// confirmTime compares the clock with what the person says.
func (a *app) confirmTime(w *ceremony.Signing, typed string, ask func(flag, question string) (bool, error)) error {
	now := a.now()
	if typed != "" {
		for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00"} {
			if at, err := time.Parse(layout, typed); err == nil {
				w.Time = at
				return nil
			}
		}
		return usageError("--time is not a time such as 2026-11-30T10:15Z: "+typed, "")
	}
	right, err := ask("time", "The clock of this machine says "+model.Moment(now)+". Is that right?")
	if err != nil {
		return err
	}
	if !right {
		return &model.Fault{Kind: model.FaultCanceled, Text: "nothing was signed: the clock of this machine is not right", Hint: "Set it first: certificates and dates are judged by it."}
	}
	w.Time = now
	return nil
}

// agreeToSign asks for the word that accepts what was shown.
func (a *app) agreeToSign(ctx context.Context, review flow.Review, yes bool) (bool, error) {
	if yes {
		return true, nil
	}
	if !a.interactive {
		return false, usageError("trustdeck can't ask you to accept this", "Give --yes to accept it.")
	}
	return a.lines().Accepted(ctx, review, flow.Challenge{Word: "sign"}, "to sign, if the words of the fingerprint are those that the others see")
}
