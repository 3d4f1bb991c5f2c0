package practice_test

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"

	"trustdeck/assets"
	"trustdeck/model/lesson"
	"trustdeck/remote/sandbox"
	"trustdeck/remote/sandbox/practice"
)

var now = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// lessons are those that the program ships.
func lessons(t *testing.T) []lesson.Lesson {
	t.Helper()
	out, err := practice.ReadLessons(assets.Lessons)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// The same moment gives the same world, byte for byte.
func TestBuildIsDeterministic(t *testing.T) {
	a, b := practice.Build(now), practice.Build(now)
	if !reflect.DeepEqual(a, b) {
		t.Error("two worlds of one moment differ")
	}
}

// Every lesson has its repository: on the server, or named.
func TestLessons(t *testing.T) {
	known := map[string]bool{}
	world := practice.Build(now)
	for _, s := range world.Seeds {
		known[string(s.GUN)] = true
	}
	for _, gun := range world.Named {
		known[string(gun)] = true
	}
	for gun := range world.Directories {
		known[string(gun)] = true
	}
	slugs := map[string]bool{}
	for _, l := range lessons(t) {
		if !known[string(l.GUN)] {
			t.Errorf("%s: there is no repository %s", l.Slug, l.GUN)
		}
		if slugs[l.Slug] || l.Slug == "" || l.Title == "" || l.Story == "" || len(l.Look) == 0 || len(l.Try) == 0 || len(l.Steps) == 0 {
			t.Errorf("%s is not complete, or appears twice", l.Slug)
		}
		slugs[l.Slug] = true
		texts := append(append([]string{l.Story}, l.Look...), l.Try...)
		for _, s := range l.Steps {
			texts = append(texts, s.Do)
		}
		for _, text := range texts {
			if !strings.HasSuffix(text, ".") {
				t.Errorf("%s: %q is no sentence", l.Slug, text)
			}
		}
	}
	if len(slugs) < 12 {
		t.Errorf("%d lessons", len(slugs))
	}
}

// A lesson that is written wrong is refused.
func TestReadLessonsRefuses(t *testing.T) {
	for want, text := range map[string]string{
		"no key lesson.pace":        "[[lesson]]\npace = 1\n",
		`the lesson x: there is no`: "[[lesson]]\nslug = \"x\"\n[[lesson.steps]]\ndo = \"Look.\"\n",
		"read the lessons: ":        "[[lesson]",
	} {
		if _, err := practice.ReadLessons(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

// The whole world goes into a sandbox, the images too.
func TestFill(t *testing.T) {
	world, err := sandbox.Start(sandbox.Config{Clock: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := world.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := practice.Build(now).Fill(world.Admin()); err != nil {
		t.Fatal(err)
	}
}

// No private key of the world is in the metadata or files that it is made of.
func TestNoPrivateKeyInFiles(t *testing.T) {
	for path, raw := range practice.Build(now).Files {
		if bytes.Contains(raw, []byte("PRIVATE KEY")) {
			t.Errorf("%s holds a private key", path)
		}
	}
}

func BenchmarkBuild(b *testing.B) {
	for b.Loop() {
		practice.Build(now)
	}
}
