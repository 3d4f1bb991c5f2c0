package peer

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"

	// Notary's Go module is here for its SQL migrations alone. Importing a
	// package of it, a small one, has Go fetch and verify the module.
	_ "github.com/theupdateframework/notary"
)

// notaryModule holds the migrations.
const notaryModule = "github.com/theupdateframework/notary"

// databases is a database server.
type databases interface {
	// kind names the kind of its databases: as the configuration of Notary does, and as the
	// folder of the migrations is called.
	kind() (backend, migrations string)
	// create makes a database of this name, with a user of the same name who may use that one
	// alone and only over TLS, runs the SQL that makes the tables in it, and returns the data
	// source name.
	create(ctx context.Context, name, tables string) (string, error)
}

// pair is the databases of one notary-server and its notary-signer, as the names of
// their backend and the data source names that their configuration wants.
type pair struct {
	backend, server, signer string
}

// pairs counts those of a test binary: databases of two have different names.
var pairs atomic.Int64

// newPair creates two databases, with the tables of Notary in them.
func newPair(ctx context.Context, db databases) (pair, error) {
	backend, folder := db.kind()
	out, n := pair{backend: backend}, pairs.Add(1)
	for program, source := range map[string]*string{"server": &out.server, "signer": &out.signer} {
		tables, err := readMigrations(program, folder)
		if err != nil {
			return pair{}, err
		}
		if *source, err = db.create(ctx, fmt.Sprintf("notary%s%d", program, n), tables); err != nil {
			return pair{}, fmt.Errorf("database of the %s: %w", program, err)
		}
	}
	return out, nil
}

// readMigrations is the SQL that makes the tables of one program, "server" or "signer", in
// a kind of database, in one text.
func readMigrations(program, kind string) (string, error) {
	module, err := goOutput("list", "-m", "-f", "{{.Dir}}", notaryModule)
	if err != nil {
		return "", err
	}
	folder := filepath.Join(module, "migrations", program, kind)
	files, err := filepath.Glob(filepath.Join(folder, "*.up.sql"))
	if err != nil {
		return "", err
	}
	if len(files) == 0 {
		return "", fmt.Errorf("no migrations in %s", folder)
	}
	slices.Sort(files)
	var out strings.Builder
	for _, file := range files {
		migration, err := os.ReadFile(file)
		if err != nil {
			return "", err
		}
		out.Write(migration)
		out.WriteString("\n")
	}
	return out.String(), nil
}
