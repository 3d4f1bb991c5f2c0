package peer

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// Names of peers for Need that are more than the name of a program.
const (
	// DockerTrust is a docker client whose trust command works. Distributions
	// exist whose docker has none.
	DockerTrust = "docker trust"
	// MariaDB is the database server, its client and its installer.
	MariaDB = "MariaDB"
	// PostgreSQL is the database server, its client and its installer.
	PostgreSQL = "PostgreSQL"
	// YubiKeySupport is a build with the tag yubikey, for which the Makefile needs a C compiler
	// and libpcsclite. Tests without it need it in vain.
	YubiKeySupport = "the build tag yubikey"
	// PKCS11Support is a build with the tag hsm, for which the Makefile needs a C compiler. Tests
	// without it need it in vain.
	PKCS11Support = "the build tag hsm"
	// YKCS11 is the library through which Notary finds YubiKeys.
	YKCS11 = "ykcs11"
	// PCSC is the smart card service with virtual readers, in a network of its own.
	PCSC = "pcscd with vpcd, and root"
)

// skippedFile is the environment variable that names the file to which skipped
// tests are added, one a line, so that "make test" can list them at the end.
const skippedFile = "TRUSTDECK_SKIPPED"

// Need ends a test where a peer is missing: by skipping it on a developer's
// machine, by failing it where CI=true. A peer is a program's name, DockerTrust,
// MariaDB, PostgreSQL, PCSC, YKCS11 or TUFJS.
func Need(tb testing.TB, peers ...string) {
	tb.Helper()
	missing := slices.DeleteFunc(slices.Clone(peers), present)
	if len(missing) == 0 {
		return
	}
	reason := fmt.Sprintf("missing %s (\"make deps\" installs it on Debian)", strings.Join(missing, ", "))
	if os.Getenv("CI") == "true" {
		tb.Fatal(reason)
	}
	if err := noteSkipped(tb.Name(), missing); err != nil {
		tb.Errorf("peer: noting a skipped test: %v", err)
	}
	tb.Skip(reason)
}

// noteSkipped adds a line to the list of skipped tests, where one is kept. The
// line goes out in one write, because several test binaries append at once.
func noteSkipped(test string, missing []string) error {
	name := os.Getenv(skippedFile)
	if name == "" {
		return nil
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	pkg := strings.TrimSuffix(filepath.Base(os.Args[0]), ".test")
	_, err = fmt.Fprintf(f, "%s.%s (missing %s)\n", pkg, test, strings.Join(missing, ", "))
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}

func present(peer string) bool {
	switch peer {
	case DockerTrust:
		return hasDockerTrust()
	case MariaDB:
		return present("mariadbd") && present("mariadb") && present("mariadb-install-db")
	case PostgreSQL:
		return findPostgres("postgres") != "" && findPostgres("initdb") != "" && findPostgres("psql") != ""
	case PCSC:
		return hasPCSC()
	case YKCS11:
		return hasYKCS11()
	case TUFJS:
		return hasTUFJS()
	default:
		return find(peer) != ""
	}
}

// hasDockerTrust runs the command, because a docker without it exits with
// success and prints its general help.
func hasDockerTrust() bool {
	docker := find("docker")
	if docker == "" {
		return false
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, docker, "trust", "inspect", "--help").CombinedOutput()
	return err == nil && strings.Contains(string(out), "docker trust inspect")
}

// find returns the path of a program, or "" where there is none. It also looks
// where Debian keeps servers, which is not on the PATH of ordinary users.
func find(program string) string {
	if path, err := exec.LookPath(program); err == nil {
		return path
	}
	for _, dir := range []string{"/usr/sbin", "/usr/local/sbin"} {
		if path, err := exec.LookPath(filepath.Join(dir, program)); err == nil {
			return path
		}
	}
	return ""
}
