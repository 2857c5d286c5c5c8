// Command pki issues one certificate for an embedded cluster, making the certificate authority in -dir first if there is none.
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"flag"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"
)

func main() {
	dir := flag.String("dir", "", "folder of the certificate authority and of what it issues")
	name := flag.String("name", "", "writes NAME.crt and NAME.key")
	user := flag.String("user", "", "common name: the user that Kubernetes sees")
	groups := flag.String("groups", "", "organizations: the groups that Kubernetes sees, separated by commas")
	hosts := flag.String("hosts", "", "names and addresses that a server answers to, separated by commas")
	flag.Parse()
	if err := issue(*dir, *name, subject(*user, *groups), list(*hosts)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func issue(dir, name string, subject pkix.Name, hosts []string) error {
	ca, caKey, err := authority(dir)
	if err != nil {
		return err
	}
	template := certificate(subject)
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	_, _, err = sign(filepath.Join(dir, name), template, ca, caKey)
	return err
}

func authority(dir string) (*x509.Certificate, *ecdsa.PrivateKey, error) {
	path := filepath.Join(dir, "ca")
	if _, err := os.Stat(path + ".key"); os.IsNotExist(err) {
		template := certificate(subject("modelkeeper embedded cluster", ""))
		template.IsCA, template.BasicConstraintsValid = true, true
		template.KeyUsage = x509.KeyUsageCertSign
		return sign(path, template, nil, nil)
	}
	certBytes, err := readPEM(path + ".crt")
	if err != nil {
		return nil, nil, err
	}
	keyBytes, err := readPEM(path + ".key")
	if err != nil {
		return nil, nil, err
	}
	cert, err := x509.ParseCertificate(certBytes)
	if err != nil {
		return nil, nil, err
	}
	key, err := x509.ParseECPrivateKey(keyBytes)
	return cert, key, err
}

// sign makes a key, has the parent (or, without one, the key itself) sign the template, and writes path.crt and path.key.
func sign(path string, template, parent *x509.Certificate, parentKey *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	if parent == nil {
		parent, parentKey = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, parentKey)
	if err != nil {
		return nil, nil, err
	}
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, nil, err
	}
	if err := writePEM(path+".crt", "CERTIFICATE", der); err != nil {
		return nil, nil, err
	}
	if err := writePEM(path+".key", "EC PRIVATE KEY", keyDER); err != nil {
		return nil, nil, err
	}
	cert, err := x509.ParseCertificate(der)
	return cert, key, err
}

func certificate(subject pkix.Name) *x509.Certificate {
	// An hour back, because the clocks of a machine and of a container on it may differ.
	start := time.Now().Add(-time.Hour)
	return &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: subject, NotBefore: start, NotAfter: start.AddDate(1, 0, 0)}
}

func subject(user, groups string) pkix.Name {
	return pkix.Name{CommonName: user, Organization: list(groups)}
}

func list(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}

func readPEM(path string) ([]byte, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, fmt.Errorf("%s is not PEM", path)
	}
	return block.Bytes, nil
}

func writePEM(path, kind string, der []byte) error {
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
}
