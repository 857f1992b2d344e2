// A judge of the disclosure log that is not ours: Go's own transparency log (golang.org/x/mod/sumdb). It reads key, checkpoint,
// tiles and proofs over HTTP, as anybody may, and says what does not hold.
//
//	log_judge URL TOKEN CA [OLDER-CHECKPOINT]      prints "SIZE leaves, N checks"
package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

type server struct {
	url, token string
	client     *http.Client
}

func check(what string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "log_judge: %s: %v\n", what, err)
		os.Exit(1)
	}
}

func (s *server) get(path string) ([]byte, error) {
	request, err := http.NewRequest("GET", s.url+path, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+s.token)
	answer, err := s.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != 200 {
		err = fmt.Errorf("%s: %d %s", path, answer.StatusCode, body)
	}
	return body, err
}

// Go's paths name the height, tlog-tiles' do not.
func (s *server) Height() int { return height }
func (s *server) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var out [][]byte
	for _, tile := range tiles {
		bytes, err := s.get("/log/" + strings.Replace(tile.Path(), "tile/8/", "tile/", 1))
		if err != nil {
			return nil, err
		}
		out = append(out, bytes)
	}
	return out, nil
}
func (s *server) SaveTiles([]tlog.Tile, [][]byte) {}

func parse(text, origin string) (tlog.Tree, error) {
	lines := strings.Split(text, "\n")
	var tree tlog.Tree
	if len(lines) < 4 || lines[0] != origin || lines[len(lines)-1] != "" {
		return tree, fmt.Errorf("not a checkpoint of %s: %q", origin, text)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tree, err
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return tree, fmt.Errorf("no root: %q", lines[2])
	}
	tree.N = size
	copy(tree.Hash[:], root)
	return tree, nil
}

// Signed by each of the verifiers that `all` asks for, or by one of them.
func open(text []byte, all bool, verifiers ...note.Verifier) tlog.Tree {
	opened, err := note.Open(text, note.VerifierList(verifiers...))
	check("the checkpoint's signature", err)
	if all && (len(opened.Sigs) != len(verifiers) || len(opened.UnverifiedSigs) != 0) {
		check("the checkpoint", fmt.Errorf("%d signatures", len(opened.Sigs)))
	}
	tree, err := parse(opened.Text, verifiers[0].Name())
	check("the checkpoint", err)
	return tree
}

func verifierOf(key string) note.Verifier {
	verifier, err := note.NewVerifier(strings.TrimSpace(key))
	check("a key", err)
	return verifier
}

// The keys that the log has had, each handed over to by the one before; and how many checks that took.
func (s *server) keys(tree tlog.Tree) ([]note.Verifier, int) {
	var told struct {
		Changes []struct {
			Before, Key, Checkpoint string
			Size                    int64
		}
	}
	body, err := s.get("/log/key/changes")
	check("changes of key", err)
	check("changes of key", json.Unmarshal(body, &told))
	var verifiers []note.Verifier
	for i, change := range told.Changes {
		if i > 0 && change.Before != told.Changes[i-1].Key {
			check("changes of key", fmt.Errorf("%s is not the key before", change.Before))
		}
		before, next := verifierOf(change.Before), verifierOf(change.Key)
		at := open([]byte(change.Checkpoint), true, before, next)
		if at.N != change.Size || !strings.Contains(change.Checkpoint, "\nr7e-next-key "+change.Key+"\n\n") {
			check("a change of key", fmt.Errorf("its checkpoint is another"))
		}
		_, proof := s.proof(fmt.Sprintf("/log/proofs/consistency?from=%d&to=%d", at.N, tree.N))
		check("a change of key", tlog.CheckTree(proof, tree.N, tree.Hash, at.N, at.Hash))
		verifiers = append(verifiers, before)
	}
	return verifiers, 3 * len(told.Changes)
}

// A proof as the room tells it.
func (s *server) proof(path string) (tlog.Hash, []tlog.Hash) {
	var told struct {
		Hash  []byte
		Proof [][]byte
	}
	body, err := s.get(path)
	check(path, err)
	check(path, json.Unmarshal(body, &told))
	var leaf tlog.Hash
	copy(leaf[:], told.Hash)
	var hashes []tlog.Hash
	for _, one := range told.Proof {
		var hash tlog.Hash
		copy(hash[:], one)
		hashes = append(hashes, hash)
	}
	return leaf, hashes
}

func (s *server) records(tree tlog.Tree) [][]byte {
	var out [][]byte
	for number := int64(0); number*256 < tree.N; number++ {
		width := tree.N - number*256
		if width > 256 {
			width = 256
		}
		tile := tlog.Tile{H: height, L: -1, N: number, W: int(width)}
		bundle, err := s.get("/log/" + strings.Replace(tile.Path(), "tile/8/data/", "tile/entries/", 1))
		check("entries", err)
		for len(bundle) > 0 {
			length := int(binary.BigEndian.Uint16(bundle))
			out = append(out, bundle[2:2+length])
			bundle = bundle[2+length:]
		}
	}
	if int64(len(out)) != tree.N {
		check("entries", fmt.Errorf("%d, wanted %d", len(out), tree.N))
	}
	return out
}

func main() {
	authority, err := os.ReadFile(os.Args[3])
	check("the certificate authority", err)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(authority)
	s := &server{os.Args[1], os.Args[2], &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}}
	key, err := s.get("/log/key")
	check("the key", err)
	verifier := verifierOf(string(key))
	text, err := s.get("/log/checkpoint")
	check("the checkpoint", err)
	tree := open(text, false, verifier)
	reader := tlog.TileHashReader(tree, s)
	olderKeys, checks := s.keys(tree)
	checks += 2
	records := s.records(tree)
	step := tree.N / 50
	if step == 0 {
		step = 1
	}
	for leaf := int64(0); leaf < tree.N; leaf += step {
		hash := tlog.RecordHash(records[leaf])
		told, proof := s.proof(fmt.Sprintf("/log/proofs/inclusion?leaf=%d&size=%d", leaf, tree.N))
		if told != hash || !bytes.HasPrefix(records[leaf], []byte("r7e-leaf-v1")) {
			check("a leaf", fmt.Errorf("%d is not its entry's", leaf))
		}
		check("a proof of inclusion", tlog.CheckRecord(proof, tree.N, tree.Hash, leaf, hash))
		own, err := tlog.ProveRecord(tree.N, leaf, reader)
		check("the tiles", err)
		if len(own) != len(proof) {
			check("a proof of inclusion", fmt.Errorf("%d is another than Go's own", leaf))
		}
		before, err := tlog.TreeHash(leaf+1, reader)
		check("the tiles", err)
		_, proof = s.proof(fmt.Sprintf("/log/proofs/consistency?from=%d&to=%d", leaf+1, tree.N))
		check("a proof of consistency", tlog.CheckTree(proof, tree.N, tree.Hash, leaf+1, before))
		checks += 5
	}
	if len(os.Args) > 4 {
		text, err := os.ReadFile(os.Args[4])
		check("the older checkpoint", err)
		older := open(text, false, append(olderKeys, verifier)...)
		_, proof := s.proof(fmt.Sprintf("/log/proofs/consistency?from=%d&to=%d", older.N, tree.N))
		check("the older checkpoint", tlog.CheckTree(proof, tree.N, tree.Hash, older.N, older.Hash))
		checks += 2
	}
	fmt.Printf("%d leaves, %d checks\n", tree.N, checks)
}
