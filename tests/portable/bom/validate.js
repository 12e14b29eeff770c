// validate.js FILE…: prints the faults and exits 1 if a file is no valid CycloneDX 1.5.
import { readFileSync } from 'node:fs';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';

const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot5);
for (const file of process.argv.slice(2)) {
  const faults = await validator.validate(readFileSync(file, 'utf8'));
  if (faults) {
    console.error(file, faults);
    process.exitCode = 1;
  }
}
