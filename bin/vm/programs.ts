import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, lstatSync, mkdirSync, readFileSync, readlinkSync, realpathSync, symlinkSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';

/** Copies programs of the host into an image's root, each with the libraries and interpreters it needs. */
export class Programs {
  readonly #from: string;
  readonly #to: string;

  /** @param from root that programs are taken from; @param to root of the image */
  constructor(from: string, to: string) {
    this.#from = from;
    this.#to = to;
  }

  /** False: there is no such program on the host; what the image has already stays. */
  add(path: string): boolean {
    if (existsSync(join(this.#to, path)) || this.#isLink(join(this.#to, path))) return true;
    const source = join(this.#from, path);
    if (!existsSync(source)) return false;
    this.#copy(path);
    const interpreter = /^#! *(\S+)/.exec(readFileSync(source, { encoding: 'latin1' }).slice(0, 256))?.[1];
    if (interpreter !== undefined) return this.add(interpreter);
    for (const library of this.#libraries(source)) this.#copy(library);
    return true;
  }

  /** By name, looked up where services are. */
  addByName(name: string): boolean {
    if (isAbsolute(name)) return this.add(name);
    const directories = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
    if (directories.some((directory) => existsSync(join(this.#to, directory, name)))) return true;
    return directories.some((directory) => existsSync(join(this.#from, directory, name)) && this.add(join(directory, name)));
  }

  /** Libraries of a program that stands elsewhere on the host. */
  addLibraries(program: string): void {
    for (const library of this.#libraries(program)) this.#copy(library);
  }

  #isLink(path: string): boolean {
    try {
      return lstatSync(path).isSymbolicLink();
    } catch {
      return false;
    }
  }

  /** A link is copied as such, with what it leads to. */
  #copy(path: string): void {
    const target = join(this.#to, path);
    if (existsSync(target) || this.#isLink(target)) return;
    mkdirSync(dirname(target), { recursive: true });
    const source = join(this.#from, path);
    if (this.#isLink(source)) {
      const link = readlinkSync(source);
      symlinkSync(link, target);
      const next = resolve(dirname(path), link);
      if (existsSync(join(this.#from, next))) this.#copy(next);
      return;
    }
    copyFileSync(realpathSync(source), target);
    chmodSync(target, lstatSync(realpathSync(source)).mode & 0o7777);
  }

  #libraries(program: string): readonly string[] {
    const { stdout } = spawnSync('ldd', [program], { encoding: 'utf8' });
    return [...stdout.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map(([, path]) => path ?? '').filter((path) => existsSync(join(this.#from, path)));
  }
}
