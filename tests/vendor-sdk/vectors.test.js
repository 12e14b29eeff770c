'use strict';
// The SDK reproduces Tencent's published examples, and the comments of sign.js about the SDK are true.

const assert = require('node:assert');
const crypto = require('node:crypto');
const fs = require('node:fs');
const Module = require('node:module');
const test = require('node:test');
const { sign } = require('./sign.js');

const secretId = 'AKIDQjz3ltompVjBni5LitkWHFlFpwkn9U5q';
const secretKey = 'BQYIM75p8x0iWVFSIgqEKwFprpRSVHlz';
const host = 'examplebucket-1250000000.cos.ap-beijing.myqcloud.com';
const keyTime = '1557989753;1557996953';

const field = (authorization, name) => authorization.match(`${name}=([^&]*)`)[1];
const signature = authorization => field(authorization, 'q-signature');
const hmac = (key, text) => crypto.createHmac('sha1', key).update(text).digest('hex');
const expected = httpString => hmac(hmac(secretKey, keyTime),
  `sha1\n${keyTime}\n${crypto.createHash('sha1').update(httpString).digest('hex')}\n`);
const get = (pathname, query, headers) => sign({ secretId, secretKey, method: 'GET', pathname, query, headers, keyTime });

const download = {
  SecretId: secretId, SecretKey: secretKey, Method: 'GET', Pathname: '/exampleobject(腾讯云)', KeyTime: keyTime,
  Query: { 'response-content-type': 'application/octet-stream', 'response-cache-control': 'max-age=600' },
  Headers: { Date: 'Thu, 16 May 2019 06:55:53 GMT', Host: host },
};

// Two of the examples sign Date, which the SDK leaves out: its code, with that one name added to its list.
function withDate() {
  const file = require.resolve('cos-nodejs-sdk-v5/sdk/util');
  const source = fs.readFileSync(file, 'utf8');
  const patched = source.replace("  'content-type',", "  'content-type', 'date',");
  assert.notStrictEqual(patched, source);
  const copy = new Module(file, module);
  copy.filename = file;
  copy.paths = Module._nodeModulePaths(file);
  copy._compile(patched, file);
  return copy.exports;
}

test('the published download', () => {
  assert.strictEqual(signature(withDate().getAuth(download)), '01681b8c9d798a678e43b685a9f1bba0f6c0e012');
});

test('the published upload', () => {
  const headers = {
    'Content-Type': 'text/plain', 'Content-Length': '13', 'Content-MD5': 'mQ/fVh815F3k6TAUm8m0eg==', 'x-cos-acl': 'private',
    'x-cos-grant-read': 'uin="100000000011"', Date: 'Thu, 16 May 2019 06:45:51 GMT', Host: host,
  };
  const authorization = withDate().getAuth({
    ...download, Method: 'PUT', Query: {}, Headers: headers, KeyTime: '1557989151;1557996351',
  });
  assert.strictEqual(signature(authorization), '3b8851a11a569213c17ba8fa7dcf2abec6935172');
  assert.strictEqual(field(authorization, 'q-header-list'),
    'content-length;content-md5;content-type;date;host;x-cos-acl;x-cos-grant-read');
});

test('the published upload with metadata headers', () => {
  const authorization = sign({
    secretId: 'QmFzZTY0IGlzIGEgZ2VuZXJp', secretKey: 'AKIDZfbOA78asKUYBcXFrJD0a1ICvR98JM', method: 'PUT', pathname: '/testfile2',
    query: {}, keyTime: '1480932292;1481012292',
    headers: {
      Host: 'testbucket-125000000.cos.ap-guangzhou.myqcloud.com', 'x-cos-stroage-class': 'nearline',
      'x-cos-content-sha1': 'db8ac1c259eb89d4a131b253bacfca5f319d54f2',
    },
  });
  assert.strictEqual(signature(authorization), 'ce4ac0ecbcdb30538b3fee0a97cc6389694ce53a');
});

test('Date and User-Agent are not signed, x-cos- anywhere in a name is', () => {
  const authorization = get('/k', {}, { Date: 'x', 'User-Agent': 'x', Range: 'bytes=0-1', 'a-x-cos-b': 'x', Host: host });
  assert.strictEqual(field(authorization, 'q-header-list'), 'a-x-cos-b;host;range');
});

test('the path is taken as given', () => {
  assert.strictEqual(signature(get('/%41 ü', {}, { host })), expected(`get\n/%41 ü\n\nhost=${host}\n`));
  assert.strictEqual(signature(get('k', {}, { host })), expected(`get\n/k\n\nhost=${host}\n`));
  assert.strictEqual(signature(get('', {}, { host })), expected(`get\n/\n\nhost=${host}\n`));
});

test('values keep upper-case hex and their blanks, names are lower-cased after encoding', () => {
  const query = { "Ä!'()*": " !'()*-_.~ü ", empty: null };
  assert.strictEqual(signature(get('/k', query, { host })),
    expected(`get\n/k\nempty=&%c3%84%21%27%28%29%2a=%20%21%27%28%29%2A-_.~%C3%BC%20\nhost=${host}\n`));
});

test('pairs are sorted by the name before encoding, the list by the one after', () => {
  const authorization = get('/k', { 'a:': '1', a0: '2' }, { host });
  assert.strictEqual(field(authorization, 'q-url-param-list'), 'a%3a;a0');
  assert.strictEqual(signature(authorization), expected(`get\n/k\na0=2&a%3a=1\nhost=${host}\n`));
});

test('names that differ in case alone are both signed; __proto__ is lost', () => {
  assert.strictEqual(signature(get('/k', { B: '1', b: '2' }, { host })), expected(`get\n/k\nb=1&b=2\nhost=${host}\n`));
  assert.strictEqual(field(get('/k', JSON.parse('{"__proto__":"1"}'), { host }), 'q-url-param-list'), '');
});

test('a lone surrogate is an error', () => {
  assert.throws(() => get('/k', { a: '\ud800' }, { host }), /URI malformed/);
});
