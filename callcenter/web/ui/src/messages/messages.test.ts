import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { i18n } from ".";
import "./analysis";
import "./advisories";
import "./board";
import "./callbacks";
import "./calls";
import "./matter";
import "./mediation";
import "./office";
import "./pages";
import "./spot";
import openapi from "../api/made/openapi.json";

type Tree = { [key: string]: string | Tree };

function keysOf(tree: Tree, prefix = ""): string[] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === "string" ? [prefix + key] : keysOf(value, `${prefix}${key}.`),
  );
}

function textOf(tree: Tree, key: string): string {
  return key.split(".").reduce<string | Tree>((node, name) => (node as Tree)[name] as Tree, tree) as unknown as string;
}

const holes = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();
const chinese = i18n.global.getLocaleMessage("zh-CN") as unknown as Tree;
const english = i18n.global.getLocaleMessage("en") as unknown as Tree;
const keys = keysOf(chinese);

describe("messages", () => {
  it("are the same in both languages", () => {
    expect(keysOf(english)).toEqual(keys);
  });

  it("have the same holes in both languages", () => {
    expect(keys.filter((key) => `${holes(textOf(chinese, key))}` !== `${holes(textOf(english, key))}`)).toEqual([]);
  });

  it("are empty nowhere", () => {
    expect(keys.filter((key) => !textOf(chinese, key).trim() || !textOf(english, key).trim())).toEqual([]);
  });

  const schemas = openapi.components.schemas as unknown as Record<string, { enum?: string[] }>;
  const lists = Object.entries(schemas).filter(([name, schema]) => schema.enum && name !== "ErrorCode");

  it("have a word for every value of every closed list of the API", () => {
    const wanted = lists.flatMap(([name, schema]) => (schema.enum ?? []).map((value) => `enums.${name}.${value}`));
    expect(wanted.length).toBeGreaterThan(200);
    expect(wanted.filter((key) => !keys.includes(key))).toEqual([]);
  });

  it("have a sentence for every code of an error", () => {
    const codes = schemas["ErrorCode"]?.enum ?? [];
    expect(codes.length).toBeGreaterThan(100);
    expect(codes.filter((code) => !keys.includes(`errors.${code}`))).toEqual([]);
  });

  it("are all that components ask for by a whole key", () => {
    const source = join(import.meta.dirname, "..");
    const asked = readdirSync(source, { recursive: true, encoding: "utf8" })
      .filter((name) => /\.(vue|ts)$/.test(name) && !name.endsWith(".test.ts") && !name.startsWith("messages"))
      .flatMap((name) =>
        [...readFileSync(join(source, name), "utf8").matchAll(/\bt\(\s*"([\w.-]+)"/g)].map((match) => match[1] ?? ""),
      );
    expect(asked.length).toBeGreaterThan(10);
    expect([...new Set(asked)].filter((key) => !keys.includes(key))).toEqual([]);
  });
});
