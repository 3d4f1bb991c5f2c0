package backup

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/port"
)

// Check says which archive to check, and how.
type Check struct {
	File string
	// Key opens the archive where it is encrypted.
	Key Decryption
	// Secrets and Skip as in Request.
	Secrets port.Interaction
	Skip    []string
	// Watch is told of the steps, which are those of CheckSteps, and Stop asked before
	// each; both may be nil.
	Watch admin.Watch
	Stop  func() bool
}

// CheckSteps lists what checking a backup does, in order.
func CheckSteps(file string) []admin.Step {
	return admin.NewSteps("read all of "+file+", and compare it with its manifest", "unlock each key in it, and make a test signature", "compare it with the trust folder")
}

// Check is the drill: it reads an archive as if it were needed now, tries every key in
// it, and says what has been created or rewritten here since. The error says that the
// archive is of no use.
func (b *Service) Check(ctx context.Context, c Check) (*Report, error) {
	var backup Content
	defer func() { backup.Wipe() }()
	t := trial{provers: append(admin.Provers{b.Dialect}, b.Others...), folder: b.Folder, secrets: c.Secrets, skip: c.Skip}
	defer t.wipe()
	var report *Report
	s := admin.Runner{Steps: CheckSteps(c.File), Watch: c.Watch, Stop: c.Stop}
	err := s.Run(ctx, func(ctx context.Context) (err error) {
		if backup, err = b.Archives.Read(ctx, c.File, c.Key); err == nil {
			err = b.honest(&backup)
		}
		return err
	}, func(ctx context.Context) error {
		tried, err := t.all(ctx, &backup)
		report = newBackupReport(c.File, &backup, tried)
		return err
	}, func(ctx context.Context) error {
		if err := b.since(ctx, &backup, report); err != nil {
			report.Left = append(report.Left, model.FaultOf(err, ""))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	b.record(ctx, report)
	return report, nil
}

// honest compares what the manifest says of keys with what their files say: somebody
// could have written a manifest that hides a key, or calls it by another name.
func (b *Service) honest(backup *Content) error {
	refuse := func(path, text string) error {
		return &model.Fault{
			Kind: model.FaultBadData, Subject: path, Text: text,
			Hint: "trustdeck doesn't write archives like this. Find out who changed it, and use another one.",
		}
	}
	named := map[string]bool{}
	for _, key := range backup.Keys {
		file, ok := backup.File(key.Path)
		if !ok {
			return refuse(key.Path, "the manifest lists a key whose file is not in the archive")
		}
		named[key.Path] = true
		info := b.Folder.Describe(file)
		if info.ID != key.ID || info.Label != key.Label || info.GUN != key.GUN || info.Encrypted != key.Encrypted {
			return refuse(key.Path, "the manifest and the key file describe the key differently")
		}
	}
	for _, file := range backup.Files {
		if isKeyPath(file.Path) && !named[file.Path] {
			return refuse(file.Path, "the archive contains a key that its manifest doesn't list")
		}
	}
	return nil
}

// isKeyPath tells key files from metadata.
func isKeyPath(path string) bool {
	return strings.HasPrefix(strings.TrimPrefix(path, ownFolder), keyFolder)
}

// keyFolder begins the path of every key file in a trust folder.
const keyFolder = "private/"

// ownFolder begins the path of every file of trustdeck's own folder of keys, where it stands
// beside a trust folder.
const ownFolder = "trustdeck/"

// since compares the archive with the trust folder as it is now.
func (b *Service) since(ctx context.Context, backup *Content, report *Report) error {
	keys, err := b.Store.Keys(ctx)
	if err != nil {
		return err
	}
	for _, key := range keys {
		if key.ID == "" {
			continue
		}
		i := slices.IndexFunc(backup.Keys, func(k Key) bool { return k.ID == key.ID })
		if i < 0 {
			report.NewKeys = append(report.NewKeys, key)
			continue
		}
		here, err := b.Folder.KeyFile(ctx, key)
		if err != nil {
			report.Left = append(report.Left, model.FaultOf(err, ""))
			continue
		}
		there, _ := backup.File(backup.Keys[i].Path)
		if !bytes.Equal(here.Bytes, there.Bytes) {
			report.Rewritten = append(report.Rewritten, key)
		}
		clear(here.Bytes)
	}
	listed, err := b.Folder.Repositories(ctx)
	for _, l := range listed {
		if !slices.Contains(backup.Repositories, l.GUN) {
			report.NewRepositories = append(report.NewRepositories, l.GUN)
		}
	}
	return err
}

// record notes which keys are in the archive, and which were tried.
func (b *Service) record(ctx context.Context, report *Report) {
	if b.Record == nil {
		return
	}
	marks := map[model.KeyID]port.BackupMark{}
	now := b.Clock().UTC()
	for _, key := range report.Keys {
		if key.Trial == KeyUnusable {
			continue
		}
		mark := port.BackupMark{BackedUp: report.Created, File: report.File}
		if key.Trial == KeyUsable {
			mark.Checked = now
		}
		marks[key.ID] = mark
	}
	report.RecordFault = model.FaultOf(b.Record.Note(ctx, marks), "")
}
