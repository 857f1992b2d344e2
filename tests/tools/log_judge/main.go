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
	if len(lines) != 4 || lines[0] != origin || lines[3] != "" {
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

func open(text []byte, verifier note.Verifier) tlog.Tree {
	opened, err := note.Open(text, note.VerifierList(verifier))
	check("the checkpoint's signature", err)
	tree, err := parse(opened.Text, verifier.Name())
	check("the checkpoint", err)
	return tree
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
		tile := tlog.Tile{H: height, L: -1, N: number, W: int(min(256, tree.N-number*256))}
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
	verifier, err := note.NewVerifier(strings.TrimSpace(string(key)))
	check("the key", err)
	text, err := s.get("/log/checkpoint")
	check("the checkpoint", err)
	tree := open(text, verifier)
	reader := tlog.TileHashReader(tree, s)
	checks := 2
	records := s.records(tree)
	step := max(1, tree.N/50)
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
		older := open(text, verifier)
		_, proof := s.proof(fmt.Sprintf("/log/proofs/consistency?from=%d&to=%d", older.N, tree.N))
		check("the older checkpoint", tlog.CheckTree(proof, tree.N, tree.Hash, older.N, older.Hash))
		checks += 2
	}
	fmt.Printf("%d leaves, %d checks\n", tree.N, checks)
}
