package store

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	_ "embed"
	"encoding/base64"
	"fmt"
	"strings"
	"sync"

	"golang.org/x/crypto/argon2"

	"gatehouse/domain"
)

// hashing is how passwords are stretched. Changing it changes what is stored at the next sign-in of each person.
type hashing struct {
	memory  uint32 // KiB
	time    uint32 // passes
	threads uint8
}

// today is OWASP's smaller recommendation for argon2id: 19 MiB, two passes, one lane.
var today = hashing{memory: 19 * 1024, time: 2, threads: 1}

const saltBytes, keyBytes = 16, 32

// HashPassword stretches a password into the text that is stored: argon2id in the PHC string format.
// At most one password for each core is stretched at a time; the others wait, as long as ctx does.
func (s *Store) HashPassword(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltBytes)
	if _, err := rand.Read(salt); err != nil {
		return "", fmt.Errorf("make a salt: %w", err)
	}
	key, err := s.stretch(ctx, password, salt, keyBytes, today)
	if err != nil {
		return "", err
	}
	return phc(today, salt, key), nil
}

// verify compares a password with what is stored. Without anything stored (nobody has that address) it does the
// same work and says no. outdated: the password is right, and stored under other parameters than today's.
func (s *Store) verify(ctx context.Context, stored, password string) (right, outdated bool, err error) {
	if len(password) > domain.MaxPassword {
		return false, false, nil // refused before hashing, whoever is asked for
	}
	h, salt, key := today, make([]byte, saltBytes), make([]byte, keyBytes)
	if stored != "" {
		if h, salt, key, err = parsePHC(stored); err != nil {
			return false, false, err
		}
	}
	got, err := s.stretch(ctx, password, salt, uint32(len(key)), h) //nolint:gosec // parsePHC bounds it
	if err != nil {
		return false, false, err
	}
	right = subtle.ConstantTimeCompare(got, key) == 1 && stored != ""
	return right, right && h != today, nil
}

func (s *Store) stretch(ctx context.Context, password string, salt []byte, length uint32, h hashing) ([]byte, error) {
	select {
	case s.hashes <- struct{}{}:
	case <-ctx.Done():
		return nil, fmt.Errorf("wait to hash a password: %w", ctx.Err())
	}
	defer func() { <-s.hashes }()
	return argon2.IDKey([]byte(password), salt, h.time, h.memory, h.threads, length), nil
}

func phc(h hashing, salt, key []byte) string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.memory, h.time, h.threads,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key))
}

func parsePHC(stored string) (h hashing, salt, key []byte, err error) {
	bad := fmt.Errorf("a stored password is no argon2id string of version %d", argon2.Version)
	parts := strings.Split(stored, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return h, nil, nil, bad
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.memory, &h.time, &h.threads); err != nil || h.time == 0 || h.threads == 0 {
		return h, nil, nil, bad
	}
	salt, errSalt := base64.RawStdEncoding.Strict().DecodeString(parts[4])
	key, errKey := base64.RawStdEncoding.Strict().DecodeString(parts[5])
	if errSalt != nil || errKey != nil || len(salt) < 8 || len(key) < 16 || len(key) > 64 {
		return h, nil, nil, bad
	}
	return h, salt, key, nil
}

//go:embed passwords.txt
var commonList string

var common = sync.OnceValue(func() map[string]bool {
	m := map[string]bool{}
	for _, word := range strings.Fields(commonList) {
		m[word] = true
	}
	return m
})

// CommonPassword reports whether a password, in lower case, is one that everybody tries first: a well-known one,
// one character or a short piece over and over, a walk along the alphabet, the digits or the keyboard, or a word
// and a number that are each such.
func CommonPassword(low string) bool {
	bare := strings.ReplaceAll(low, " ", "")
	if trivial(bare) || common()[unleet.Replace(bare)] {
		return true
	}
	word := strings.TrimRight(bare, "0123456789!?.#*-_")
	number := strings.Trim(bare[len(word):], "!?.#*-_")
	return word != "" && number != "" && (trivial(word) || len(word) < 4) && (trivial(number) || len(number) < 4)
}

func trivial(s string) bool { return common()[s] || repeats(s) || walks(s) }

// unleet undoes the usual disguises: p@ssw0rd.
var unleet = strings.NewReplacer("@", "a", "4", "a", "0", "o", "1", "i", "!", "i", "3", "e", "$", "s", "5", "s", "7", "t")

// repeats: the text is a piece of it, over and over, and the piece is short or common by itself.
func repeats(s string) bool {
	for n := 1; n <= len(s)/2; n++ {
		if len(s)%n == 0 && strings.Repeat(s[:n], len(s)/n) == s {
			return n <= 4 || common()[s[:n]] || walks(s[:n])
		}
	}
	return false
}

// walks: every character follows the one before it in a well-known row, forwards or backwards.
func walks(s string) bool {
	if len(s) < 4 {
		return false
	}
	for _, row := range []string{
		"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz", "01234567890123456789", "12345678901234567890",
		"qwertyuiopasdfghjklzxcvbnm", "qwertzuiopasdfghjklyxcvbnm", "azertyuiopqsdfghjklmwxcvbn",
		"1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "1q2w3e4r5t6y7u8i9o0p", "q1w2e3r4t5y6u7i8o9p0", "qazwsxedcrfvtgbyhnujmikolp",
	} {
		if strings.Contains(row, s) || strings.Contains(row, backwards(s)) {
			return true
		}
	}
	return false
}

func backwards(s string) string {
	r := []rune(s)
	for i, j := 0, len(r)-1; i < j; i, j = i+1, j-1 {
		r[i], r[j] = r[j], r[i]
	}
	return string(r)
}
