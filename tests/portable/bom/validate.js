// validate.js FILE…: exits 1 and says why where one is not what CycloneDX 1.5 allows.
import { readFileSync } from 'node:fs';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';

const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot5);
for (const file of process.argv.slice(2)) {
  const complaints = await validator.validate(readFileSync(file, 'utf8'));
  if (complaints) {
    console.error(file, complaints);
    process.exitCode = 1;
  }
}
