package store

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// sealKey is the id of the key that secrets are sealed with from now on. Those sealed under an older id stay readable
// as long as sealPurposes knows it.
const sealKey = "1"

// sealPurposes says from which purpose the key of an id is derived.
var sealPurposes = map[string]string{"1": "sealed secrets 1"}

// seal encrypts a secret that must be read again, for what it belongs to: the same text sealed for something else, or
// moved to another row, does not open. The key's id stands before it.
func (s *Store) seal(secret, belongs string) (string, error) {
	aead, err := s.sealer(sealKey)
	if err != nil {
		return "", err
	}
	nonce := make([]byte, aead.NonceSize())
	rand.Read(nonce) //nolint:errcheck // it never fails: crypto/rand ends the process instead
	return sealKey + ":" + base64.RawStdEncoding.EncodeToString(aead.Seal(nonce, nonce, []byte(secret), []byte(belongs))), nil
}

// unseal reads what seal wrote.
func (s *Store) unseal(sealed, belongs string) (string, error) {
	id, text, _ := strings.Cut(sealed, ":")
	aead, err := s.sealer(id)
	if err != nil {
		return "", err
	}
	raw, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil || len(raw) < aead.NonceSize() {
		return "", errors.New("a sealed secret cannot be read")
	}
	secret, err := aead.Open(nil, raw[:aead.NonceSize()], raw[aead.NonceSize():], []byte(belongs))
	if err != nil {
		return "", fmt.Errorf("open a sealed secret: %w", err)
	}
	return string(secret), nil
}

func (s *Store) sealer(id string) (cipher.AEAD, error) {
	purpose, known := sealPurposes[id]
	if !known {
		return nil, fmt.Errorf("a secret is sealed with the unknown key %q", id)
	}
	block, err := aes.NewCipher(s.derive(purpose))
	if err != nil {
		return nil, fmt.Errorf("make a cipher: %w", err)
	}
	return cipher.NewGCM(block)
}
