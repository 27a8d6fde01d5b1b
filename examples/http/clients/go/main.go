// Sends what the cases of this example name, as a program would that uses net/http.
package main

import (
	"bytes"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"os"
)

func request(base, name string, given []byte) (*http.Request, error) {
	switch name {
	case "notes/post", "notes/moved":
		return post(base+"/notes", given)
	case "notes/encode", "notes/encode-long":
		var note map[string]any
		if err := json.Unmarshal(given, &note); err != nil {
			return nil, err
		}
		body, err := json.Marshal(note)
		if err != nil {
			return nil, err
		}
		return post(base+"/notes", body)
	case "notes/header":
		request, err := http.NewRequest("GET", base+"/notes", nil)
		if err == nil {
			request.Header.Set("X-Author", string(given))
		}
		return request, err
	}
	return http.NewRequest("GET", base+string(given), nil)
}

func post(address string, body []byte) (*http.Request, error) {
	request, err := http.NewRequest("POST", address, bytes.NewReader(body))
	if err == nil {
		request.Header.Set("Content-Type", "application/json")
	}
	return request, err
}

func run(base, name, path string) error {
	given, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	request, err := request(base, name, given)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, err = io.Copy(os.Stdout, answer.Body)
	return err
}

func main() {
	if err := run("http://"+os.Args[1], os.Args[2], os.Args[3]); err != nil {
		log.Fatal(err)
	}
}
