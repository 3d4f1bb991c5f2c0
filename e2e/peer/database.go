package peer

import (
	"context"
	"fmt"
	"os"
	"os/exec"
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

// database is a MariaDB server with a data folder of its own. It is started once
// in a test binary and serves several pairs of databases.
type database struct {
	process *Process
	socket  string
	port    int
	// migrations is the folder of Notary's SQL migrations.
	migrations string
	pairs      atomic.Int64
}

// startDatabase creates the data folder and starts the server: on loopback, over
// TLS alone, and on a socket for this package.
func (h *house) startDatabase() (*database, error) {
	pki, err := h.pki()
	if err != nil {
		return nil, err
	}
	cert, err := pki.Issue("mariadb")
	if err != nil {
		return nil, err
	}
	d := &database{socket: filepath.Join(h.dir, "mariadb.sock")}
	if d.migrations, err = notaryMigrations(); err != nil {
		return nil, err
	}

	dataDir := filepath.Join(h.dir, "mariadb")
	var user []string
	if os.Getuid() == 0 {
		// MariaDB refuses to run as root unless it is told to.
		user = []string{"--user=root"}
	}
	install := exec.Command(find("mariadb-install-db"), append([]string{
		"--no-defaults", "--datadir=" + dataDir, "--auth-root-authentication-method=normal", "--skip-test-db",
	}, user...)...)
	install.Env = baseEnv(h.dir)
	if out, err := install.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("mariadb-install-db: %w\n%s", err, out)
	}

	command := func(port int) (*exec.Cmd, error) {
		cmd := exec.Command(find("mariadbd"), append([]string{
			"--no-defaults", "--datadir=" + dataDir, "--socket=" + d.socket,
			"--pid-file=" + filepath.Join(h.dir, "mariadb.pid"),
			"--bind-address=127.0.0.1", fmt.Sprintf("--port=%d", port), "--skip-name-resolve",
			"--ssl-ca=" + pki.CAFile(), "--ssl-cert=" + cert.CertFile, "--ssl-key=" + cert.KeyFile,
			"--require-secure-transport=ON",
			// Nothing here has to survive the test, so nothing waits for a disk.
			"--innodb-flush-log-at-trx-commit=0", "--skip-innodb-doublewrite",
		}, user...)...)
		cmd.Env = baseEnv(h.dir)
		return cmd, nil
	}
	healthy := func(ctx context.Context, _ int) error { return d.run(ctx, "SELECT 1;") }
	d.process, d.port, err = serve(h.dir, "mariadbd", command, healthy)
	if err != nil {
		return nil, err
	}
	h.onClose(d.process.Stop)
	return d, nil
}

// run has the server's administrator run SQL.
func (d *database) run(ctx context.Context, sql string) error {
	cmd := exec.CommandContext(ctx, find("mariadb"), "--no-defaults", "--batch", "--user=root", "--socket="+d.socket)
	cmd.Env = baseEnv(filepath.Dir(d.socket))
	cmd.Stdin = strings.NewReader(sql)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("mariadb: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return nil
}

// notaryMigrations is the folder of Notary's SQL migrations.
func notaryMigrations() (string, error) {
	module, err := goOutput("list", "-m", "-f", "{{.Dir}}", notaryModule)
	return filepath.Join(module, "migrations"), err
}

// readMigrations is the SQL that makes the tables of one program, "server" or "signer", in
// a kind of database, in one text.
func readMigrations(folder, program, kind string) (string, error) {
	files, err := filepath.Glob(filepath.Join(folder, program, kind, "*.up.sql"))
	if err != nil {
		return "", err
	}
	if len(files) == 0 {
		return "", fmt.Errorf("no migrations of the %s in %s", program, folder)
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

// pair is the databases of one notary-server and its notary-signer, as the names of
// their backend and the data source names that their configuration wants.
type pair struct {
	backend, server, signer string
}

// newPair creates two databases, each with a user who may use that one alone and
// only over TLS, and the tables of Notary in them.
func (d *database) newPair(ctx context.Context) (pair, error) {
	n := d.pairs.Add(1)
	server, err := d.newDatabase(ctx, "server", n)
	if err != nil {
		return pair{}, err
	}
	signer, err := d.newDatabase(ctx, "signer", n)
	return pair{backend: "mysql", server: server, signer: signer}, err
}

// newDatabase creates the database of one program, "server" or "signer", and
// returns its data source name.
func (d *database) newDatabase(ctx context.Context, program string, n int64) (string, error) {
	name := fmt.Sprintf("notary%s%d", program, n)
	migrations, err := readMigrations(d.migrations, program, "mysql")
	if err != nil {
		return "", err
	}
	script := fmt.Sprintf("CREATE DATABASE %[1]s;\n"+
		"CREATE USER '%[1]s'@'127.0.0.1' IDENTIFIED BY '%[2]spw' REQUIRE SSL;\n"+
		"GRANT ALL ON %[1]s.* TO '%[1]s'@'127.0.0.1';\n"+
		"USE %[1]s;\n", name, program)
	if err := d.run(ctx, script+migrations); err != nil {
		return "", fmt.Errorf("migrations of the %s: %w", program, err)
	}
	return fmt.Sprintf("%s:%spw@tcp(localhost:%d)/%s?parseTime=True&tls=true", name, program, d.port, name), nil
}

// goOutput runs the go command in the test's module and returns its output.
func goOutput(args ...string) (string, error) {
	cmd := exec.Command("go", args...)
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w", strings.Join(args, " "), err)
	}
	return strings.TrimSpace(string(out)), nil
}
