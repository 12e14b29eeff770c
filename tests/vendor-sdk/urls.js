'use strict';
// The vendor's SDK on the URL of an object: one key a line in, as a JSON string, one URL a line out.

const Module = require('node:module');
const load = Module._load;
Module._load = (name, ...rest) => (name === 'cos-request' ? {} : load(name, ...rest)); // its HTTP client, which is not installed
const COS = require('cos-nodejs-sdk-v5');

const cos = new COS({ SecretId: 'id', SecretKey: 'key' });
const url = key => cos.getObjectUrl({ Bucket: 'demo-1250000000', Region: 'ap-guangzhou', Key: key, Sign: false }, () => {});

require('node:readline').createInterface({ input: process.stdin }).on('line', line => process.stdout.write(url(JSON.parse(line)) + '\n'));
