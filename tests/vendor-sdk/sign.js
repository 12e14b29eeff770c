'use strict';
// Signs with the vendor's SDK: one JSON object a line in, one Authorization value a line out, at once, so that a test
// may keep the process open. What the SDK refuses comes out as a line that begins with "error: ".
//
//   {"secretId":"…","secretKey":"…","method":"GET","pathname":"/decoded/key","query":{},"headers":{},"keyTime":"start;end"}
//
// keyTime is taken as it is, for q-sign-time and q-key-time both. query and headers map names to plain values.
//
// What the SDK (3.0.0, sdk/util.js) does, and where it differs from the documented algorithm; vectors.test.js holds it to
// each of these:
//
// - Headers: it signs, of those given, cache-control, content-disposition, content-encoding, content-length, content-md5,
//   content-type, expect, expires, host, if-match, if-modified-since, if-none-match, if-unmodified-since, origin, range,
//   transfer-encoding, pic-operations, and every name that contains x-cos- or x-ci-. Never date, although the documented
//   example signs it; never user-agent, accept, authorization. Nothing is an error: without host it signs without host.
// - In its own requests it adds x-cos-security-token after signing, so there that header is not covered. Given to this
//   program in "headers" it is signed like any x-cos-*.
// - Path: used as given, neither decoded nor encoded; a leading / is added where it is missing, "" is "/".
// - Encoding: encodeURIComponent and then ! ' ( ) * too, so exactly A-Za-z0-9-_.~ stay bare, hex in upper case in values,
//   in lower case in names. As documented. A lone surrogate is an error ("URI malformed").
// - Order: the two lists are sorted by encoded name, but the pairs inside HttpString by the name *before* encoding, in
//   UTF-16 order. It is the same order as long as names keep to A-Za-z0-9-_.~ : beyond that ("a:" and "a0", of which
//   only the first encodes) the SDK contradicts its own q-url-param-list, and the document.
// - Names that differ in case alone are both signed, in the order given. A parameter named __proto__ is lost.
// - Values are not trimmed; null and undefined are "", as a parameter without a value is "name=".

const { getAuth } = require('cos-nodejs-sdk-v5/sdk/util'); // the file: the package's own entry wants its HTTP client

function sign({ secretId, secretKey, method, pathname, query, headers, keyTime }) {
  return getAuth({
    SecretId: secretId, SecretKey: secretKey, Method: method, Pathname: pathname, Query: query, Headers: headers, KeyTime: keyTime,
  });
}

function answer(line) {
  try {
    return sign(JSON.parse(line));
  } catch (error) {
    return `error: ${error.message}`;
  }
}

if (require.main === module) {
  require('node:readline').createInterface({ input: process.stdin }).on('line', line => process.stdout.write(answer(line) + '\n'));
}

module.exports = { sign };
