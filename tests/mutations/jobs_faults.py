"""The faults that were put into the jobs by hand, by module: what stands there, and what it becomes.

Each would lose, double, keep stale or wrongly remove a document or an event, or tell what is not so. Some test
of its module notices it: :mod:`tests.mutations.jobs_trials` tries them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

CRAWL = (
    "tests/jobs/crawl/test_aggregate.py",
    "tests/jobs/crawl/test_failures.py",
    "tests/jobs/crawl/test_resume.py",
    "tests/jobs/crawl/test_trust.py",
    "tests/jobs/crawl/test_rebuild.py",
    "tests/jobs/test_changes.py",
    "tests/jobs/test_changes_history.py",
    "tests/jobs/collections/test_older_schema.py",
    "tests/jobs/collections/test_moving_aliases.py",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault: ``was`` stands once in the module, ``tests`` are the files that may notice it."""

    module: str
    was: str
    becomes: str
    tests: Sequence[str]

    def __str__(self) -> str:
        was, becomes = (" ".join(text.split()) for text in (self.was, self.becomes))
        return f"{self.module}: {was} → {becomes or '(nothing)'}"


def put_in(fault: Fault, source: str) -> str:
    """Return the module with the fault in it; raises :class:`ValueError` where its place is not found once."""
    if source.count(fault.was) != 1:
        raise ValueError(f"{fault} is there {source.count(fault.was)} times")
    return source.replace(fault.was, fault.becomes)


def list_faults() -> Iterator[Fault]:
    """Yield all faults."""
    for module, (tests, faults) in FAULTS.items():
        for was, becomes in faults:
            yield Fault(module=module, was=was, becomes=becomes, tests=tests)


FAULTS: Mapping[str, tuple[Sequence[str], Sequence[tuple[str, str]]]] = {
    "crawl/aggregate.py": (
        CRAWL,
        [
            ("if live is not None and await resources.search.changes.is_log(live):", "if False:"),
            ("listed_at=listed_at,", "listed_at=resources.now(),"),
            ("checkpoint=None if ahead else checkpoint", "checkpoint=checkpoint"),
            ("replace=order.mode is Mode.FULL", "replace=True"),
            ("replace=order.mode is Mode.FULL", "replace=False"),
            (
                "# What fills a collection that is empty is no change.\n"
                "    recorder = await open_recorder(resources.search, start.live if indexed else None)",
                "recorder = await open_recorder(resources.search, start.live)",
            ),
            ("if summary.written or summary.removed:", "if summary.written:"),
            ("if summary.complete and not order.partial:", "if summary.complete:"),
            ("if summary.complete and not order.partial:", "if not order.partial:"),
            ("        _refuse_suspicious(state, removals)\n        await rebuild", "        await rebuild"),
            (
                "    resources.catalogue.save_projects(list_learnt(removals))\n    await _update_presets",
                "    await _update_presets",
            ),
            ("    await _update_presets(summary.moved, resources)\n", ""),
            ("await _update_presets([] if finished is None else list_moved(finished), resources)", ""),
            (
                "except BaseException:\n        await rebuild.abandon()",
                "except Exception:\n        await rebuild.abandon()",
            ),
            (
                "    if summary.complete:\n        await _move_checkpoint",
                "    if True:\n        await _move_checkpoint",
            ),
            ("released=project.name not in crawl.unreleased", "released=True"),
            (
                "selection.include - state.project_list.serials.keys()",
                "selection.include & state.indexed.keys()",
            ),
            ("least = None if order.force else find_least", "least = find_least"),
            ("None if order.force else find_least_serial(checkpoint, resources.now())", "None"),
            ("if page is not cached and page.etag:", "if page is not cached:"),
            ("if page is not cached and page.etag:", "if False:"),
            ("if state.order.partial or not removals:", "if not removals:"),
            (
                "    await recorder.record_removed({name: removal.reason for name, removal in removals.items()})\n"
                "    await resources.search.wait_until_applied()\n"
                "    await resources.search.contents.remove(state.collection, sorted(removals))\n",
                "    await resources.search.contents.remove(state.collection, sorted(removals))\n"
                "    await recorder.record_removed({name: removal.reason for name, removal in removals.items()})\n",
            ),
            (
                "    await resources.search.contents.remove(state.collection, sorted(removals))\n"
                "    resources.catalogue.save_projects(list_learnt(removals))\n",
                "    resources.catalogue.save_projects(list_learnt(removals))\n"
                "    await resources.search.contents.remove(state.collection, sorted(removals))\n",
            ),
            (
                "sorted(removals))\n    resources.catalogue.save_projects(list_learnt(removals))\n",
                "sorted(removals))\n",
            ),
            ("if not state.order.partial and not is_suspicious(failures", "if not is_suspicious(failures"),
            (
                "if not state.order.partial and not is_suspicious(failures, summary.looked_at):",
                "if not state.order.partial:",
            ),
            ("failures = len(summary.failed) + len(summary.rejected)", "failures = len(summary.failed)"),
            ("failures = len(summary.failed) + len(summary.rejected)", "failures = len(summary.rejected)"),
            (" and not state.order.force:\n        raise RemovalRefused", ":\n        raise RemovalRefused"),
            ("backwards=order.force or state.start.ahead", "backwards=order.force"),
            ("backwards=order.force or state.start.ahead", "backwards=state.start.ahead"),
            ("backwards=order.force or state.start.ahead", "backwards=True"),
            ("documents=await resources.search.collections.count(state.collection)", "documents=0"),
            ("collection=state.collection,\n    )\n    order", "collection=None,\n    )\n    order"),
            ("digest_selection(order.selection)", "digest_selection(order.selection)[:0]"),
            ("dict(resources.pypi.requests - sent_before)", "dict(resources.pypi.requests)"),
            ("    note_unreadable(project_list, summary)\n", ""),
            (
                "    await _begin_changes(state, resources, summary)\n    if summary.written",
                "    if summary.written",
            ),
            (
                "    await _begin_changes(state, resources, summary)\n    await resources",
                "    await resources",
            ),
            (
                "except AggregatorError as error:\n        summary.stopped",
                "except UsageError as error:\n        summary.stopped",
            ),
            ("checkpoint is None and not order.adopt", "checkpoint is None"),
            ("if live is None and order.mode is Mode.INCREMENTAL and not order.adopt:", "if False:"),
        ],
    ),
    "crawl/crawl.py": (
        (*CRAWL[1:3], *CRAWL[:1], *CRAWL[3:7]),
        [
            ("if self._stopped is not None:\n            raise self._stopped", "pass"),
            ("finally:\n            self._remember_unwanted()", "finally:\n            pass"),
            (
                "if not await self._look(name) or self.summary.matched == self.state.order.limit:",
                "await self._look(name)\n            if True:",
            ),
            ("if self._stopped is not None or self.summary.matched ==", "if self.summary.matched =="),
            (
                "if self._stopped is not None or self.summary.matched == self.state.order.limit:",
                "if self._stopped is not None:",
            ),
            ("            self._unanswered = 0\n            if page", "            if page"),
            (
                "except RateLimited as error:\n            self._stopped = error",
                "except RateLimited as error:\n            self._note_failure(name, error)",
            ),
            ("SourceUnavailable | MalformedResponse)", "SourceUnavailable)"),
            ("SourceUnavailable | MalformedResponse)", "MalformedResponse)"),
            ("if self._unanswered >= OUTAGE_PROJECTS:", "if self._unanswered > OUTAGE_PROJECTS:"),
            ("if name not in self.state.indexed and serial <", "if serial <"),
            ("serial < self.state.project_list.serial - RECENT_SERIALS", "True"),
            ("serial=UNANSWERED", "serial=serial"),
            (
                "            self.summary.failed.append(ItemFailure(name=name, reason=reason))\n            return\n        else",
                "            return\n        else",
            ),
            ("            self.unreleased.add(name)\n", ""),
            ("if project.name in self.state.indexed:", "if False:"),
            ("        except RendererUnavailable as error:\n            self._stopped = error\n", ""),
            (
                "        except MalformedResponse as error:\n            self.summary.failed.append(ItemFailure(name=page.name, reason=str(error)))\n",
                "        except MalformedResponse:\n            pass\n",
            ),
            ('clean_foreign(f"{type(error).__name__}: {error}", longest=300)', "str(error)"),
            (
                'built ({words})"\n            self.summary.failed.append(ItemFailure(name=page.name, reason=reason))',
                'built ({words})"',
            ),
            ("        await self._flush()\n\n    async def", "\n    async def"),
            ("if not self._batch.has_room_for(line):", "if False:"),
            (
                "        recorded = await self.recorder.record_written(lines)\n"
                "        rejections = await self.resources.search.contents.import_lines(self.state.collection, lines)\n",
                "        rejections = await self.resources.search.contents.import_lines(self.state.collection, lines)\n"
                "        recorded = await self.recorder.record_written(lines)\n",
            ),
            (
                "        await self.recorder.retract(recorded, (rejection.name for rejection in rejections))\n",
                "",
            ),
            ("            del pages[rejection.name]\n", ""),
            (
                "            self.summary.rejected.append(ItemFailure(name=rejection.name, reason=rejection.reason))\n",
                "",
            ),
            ("for page in pages if page.version}", "for page in pages}"),
            ("                list_serial=self.state.project_list.serial,\n", ""),
            ("least_serial=self.state.project_list.serials[name]", "least_serial=0"),
            (
                "            self._note_missing(name)\n            self._drop(gone)",
                "            self._drop(gone)",
            ),
            (
                "            self._drop(gone)\n        self._note_missing(name)",
                "            self._drop(gone)",
            ),
            ("replaces=self.state.replaces(page.name)", "replaces=False"),
            ("replaces=self.state.replaces(page.name)", "replaces=True"),
            ("self.summary.written += len(pages)", "self.summary.written += len(lines)"),
        ],
    ),
    "crawl/discovery.py": (
        CRAWL[:5],
        [
            ("len(unknown) < len(classifiers)", "True"),
            (" and self.state.since is not None\n", "\n"),
            ("{*all_classifiers, *met}", "{*all_classifiers}"),
            (
                "if isinstance(error, RateLimited) and not self.state.order.patient:",
                "if isinstance(error, RateLimited):",
            ),
            (
                "if isinstance(error, RateLimited) and not self.state.order.patient:",
                "if not self.state.order.patient:",
            ),
            ("if isinstance(error, RateLimited) and not self.state.order.patient:", "if False:"),
            (
                "            if name in self.state.project_list.serials\n        }\n        await",
                "        }\n        await",
            ),
            ("        await asyncio.to_thread(self.resources.catalogue.save_releases, releases)\n", ""),
            ("return self._leave_out_unwanted(releases)", "return set(releases)"),
            ("current = listed <= known.serial <=", "current = listed < known.serial <="),
            (
                "listed <= known.serial <= self.state.project_list.serial + MOST_SERIALS_AHEAD",
                "listed <= known.serial",
            ),
            ("if current and not self.state", "if not self.state"),
            (", *self.resources.catalogue.load_unanswered()}", "}"),
            ("{*self.state.order.selection.include, *", "{*"),
            ("return {name for name in always if name in self.state.project_list.serials}", "return always"),
            (" and self.state.order.mode is Mode.INCREMENTAL\n        )", "\n        )"),
        ],
    ),
    "crawl/one_project.py": (
        ("tests/jobs/crawl/test_one_project.py", "tests/jobs/test_changes.py", "tests/queue/test_tasks.py"),
        [
            (
                "and (page is None or not _shows(page, version))",
                "and (page is not None and not _shows(page, version))",
            ),
            ("    if page.version:\n", "    if True:\n"),
            ("if serial > page.serial or", "if serial >= page.serial or"),
            ("if serial > page.serial or", "if"),
            (" or (found is None and not wanted):", ":"),
            ("elif serial == page.serial and not rewrite:", "elif serial == page.serial:"),
            ("elif serial == page.serial and not rewrite:", "elif False:"),
            ("replaces = found is not None", "replaces = False"),
            ("replaces = found is not None", "replaces = True"),
            (
                "        recorded = await recorder.record_written([line])\n"
                "        rejections = await resources.search.contents.import_lines(collection, FullBatch((line,)))\n",
                "        rejections = await resources.search.contents.import_lines(collection, FullBatch((line,)))\n"
                "        recorded = await recorder.record_written([line])\n",
            ),
            (
                "            await recorder.retract(recorded, [page.name])\n            raise",
                "            raise",
            ),
            ("            raise DocumentRefused(page.name, rejections[0].reason)\n", "            pass\n"),
            (
                "    recorded = await recorder.record_removed({page.name: reason})\n"
                "    await resources.search.contents.remove_outdated(collection, page.name, page.serial)\n",
                "    await resources.search.contents.remove_outdated(collection, page.name, page.serial)\n"
                "    recorded = await recorder.record_removed({page.name: reason})\n",
            ),
            (
                "is not None:\n        await recorder.retract(recorded, [page.name])",
                "is not None:\n        pass",
            ),
            ("remove_outdated(collection, page.name, page.serial)", "remove(collection, [page.name])"),
            ("canonicalize_version(item.version) == wanted", "item.version == version"),
            (", list_serial=list_serial)", ")"),
            ("        sync.removed.append(target)\n", ""),
            ('found.get("classifiers", ())', "page.classifiers"),
        ],
    ),
    "crawl/plan.py": (
        ("tests/jobs/crawl/test_plan.py", *CRAWL[:5], "tests/jobs/test_changes.py"),
        [
            ("state.since if state.order.mode is Mode.INCREMENTAL else None", "state.since"),
            ("serial > trusted)", "serial >= trusted)"),
            ("if full or name not in indexed or _is", "if name not in indexed or _is"),
            ("if full or name not in indexed or _is", "if full or _is"),
            ("name not in order.selection.exclude and ", ""),
            ("set() if order.partial else _find", "_find"),
            ("not project_list.unreadable and (", "("),
            (
                "(order.force or document.serial <= project_list.serial)",
                "document.serial <= project_list.serial",
            ),
            (
                "(order.force or document.serial <= project_list.serial)",
                "(order.force or document.serial < project_list.serial)",
            ),
            ("(order.force or document.serial <= project_list.serial)", "True"),
            ("else not order.selection.wants(name, document.classifiers)", "else False"),
            ("        if name not in look\n        if (", "        if ("),
            ("<= document.serial <= beyond", "< document.serial <= beyond"),
            ("<= document.serial <= beyond", "<= document.serial"),
            (
                "LeavingReason.CLASSIFIER if was_wanted else LeavingReason.SELECTION",
                "LeavingReason.CLASSIFIER",
            ),
            ("    if not released:\n        return LeavingReason.UNRELEASED\n", ""),
            ("removals > GUARDED_DOCUMENTS and", "removals >= GUARDED_DOCUMENTS and"),
            ("removals > GUARDED_DOCUMENTS and", "removals > GUARDED_DOCUMENTS or"),
            ("and removals > indexed * GUARDED_SHARE", "and removals >= indexed * GUARDED_SHARE"),
            ("name in self.indexed and not self.order.rebuild", "name in self.indexed"),
            ("self.limit is not None or self.name_filter is not None", "self.limit is not None"),
            ("self.limit is not None or self.name_filter is not None", "self.name_filter is not None"),
            ("unchanged=len(indexed.keys() - look - remove)", "unchanged=len(indexed.keys() - look)"),
        ],
    ),
    "crawl/trust.py": (
        ("tests/jobs/crawl/test_trust.py", *CRAWL[:1], *CRAWL[4:5], *CRAWL[7:]),
        [
            (
                "not -CLOCKS_DIFFER <= now - checkpoint.timestamp <= LONGEST_LAG",
                "not now - checkpoint.timestamp <= LONGEST_LAG",
            ),
            (
                "not -CLOCKS_DIFFER <= now - checkpoint.timestamp <= LONGEST_LAG",
                "not -CLOCKS_DIFFER <= now - checkpoint.timestamp",
            ),
            ("checkpoint is None or order.force or _is", "checkpoint is None or _is"),
            ("    if checkpoint.timestamp - now > CLOCKS_DIFFER:\n        return False\n", ""),
            ("checkpoint.serial <= serial", "checkpoint.serial < serial"),
            ("not in {None, collection}", "is None"),
            ("if indexed < checkpoint.documents:", "if indexed <= checkpoint.documents:"),
            ("if indexed < checkpoint.documents:", "if False:"),
            ("if checkpoint.selection != digest_selection(order.selection):", "if False:"),
        ],
    ),
    "crawl/rebuild.py": (
        (
            "tests/jobs/crawl/test_rebuild.py",
            "tests/jobs/collections/test_moving_aliases.py",
            "tests/jobs/collections/test_older_schema.py",
            "tests/jobs/test_changes.py",
        ),
        [
            ("if self.fresh in await self._search.collections.list_names():", "if False:"),
            ("await self._search.collections.copy_curation(self.live, self.fresh)", "pass"),
            (
                "        except BaseException:\n            await self.abandon()",
                "        except ValueError:\n            await self.abandon()",
            ),
            ("        if self._needed:", "        if False:"),
            ("        self._needed = True\n", ""),
            (
                "sorted(state.indexed.keys() - arrived - set(removals))",
                "sorted(state.indexed.keys() - arrived)",
            ),
            (
                "sorted(state.indexed.keys() - arrived - set(removals))",
                "sorted(state.indexed.keys() - set(removals))",
            ),
            ("sorted(state.indexed.keys() - arrived - set(removals))", "[]"),
            ("await self._check(state.indexed.keys() - set(removals))", "await self._check(())"),
            ("        await self._check(state.indexed.keys() - set(removals))\n", ""),
            (
                "        await recorder.record_removed({name: removal.reason for name, removal in removals.items()})\n        moved = await self._put_in_place()\n",
                "        moved = await self._put_in_place()\n        await recorder.record_removed({name: removal.reason for name, removal in removals.items()})\n",
            ),
            ('if document is None or not document.get("name"):', "if False:"),
            ("if name not in found:", "if False:"),
            ("if older not in await self._search.collections.list_names():", "if False:"),
            (
                "if not pointing and find_begun(older, self.target) is not None:",
                "if find_begun(older, self.target) is not None:",
            ),
            ("if not pointing and find_begun(older, self.target) is not None:", "if not pointing:"),
            ("if not pointing and find_begun(older, self.target) is not None:", "if False:"),
            ("{*kept, *pointed_at}", "{*kept}"),
            ("{*kept, *pointed_at}", "{*pointed_at}"),
            ("            await self._search.collections.drop(name)\n", "            pass\n"),
            (", without=PYPI_FIELDS)", ', without=("name",))'),
            ("without=PYPI_FIELDS)\n        await flush()", "without=PYPI_FIELDS)"),
            ("return taken + await flush()", "return taken"),
            ("convert_document(document, schema).document", "document"),
            (
                "            summary.rejected += [ItemFailure(name=item.name, reason=item.reason) for item in rejections]\n            return len(lines)",
                "            return len(lines)",
            ),
            ("return len(lines) - len(rejections)", "return len(lines)"),
            (
                "update_lines(self.fresh, lines)\n                summary.rejected += [ItemFailure(name=item.name, reason=item.reason) for item in rejections]",
                "update_lines(self.fresh, lines)",
            ),
            ("except SearchError:\n", "except ValueError:\n"),
            ("        summary.removed = len(removals)\n", ""),
            (
                "            if document is None:\n                continue\n",
                "            assert document is not None\n",
            ),
            ("            if len(document) == 1:\n                return\n", ""),
            ("                taken += await flush()\n", "                await flush()\n"),
        ],
    ),
    "collections/generations.py": (
        (
            "tests/jobs/collections/test_moving_aliases.py",
            "tests/jobs/crawl/test_rebuild.py",
            "tests/jobs/collections/test_maintain.py",
        ),
        [
            ("{name, name_moving(name), name_previous(name)}", "{name, name_previous(name)}"),
            ("{name, name_moving(name), name_previous(name)}", "{name, name_moving(name)}"),
            ("if target in {replaced, name}", "if target in {replaced}"),
            ("if target in {replaced, name}", "if target in {name}"),
            ("if target == name or not _is_keeper(alias, targets)", "if True"),
            ("if target == name or not _is_keeper(alias, targets)", "if not _is_keeper(alias, targets)"),
            ("now - begun > ABANDONED_AFTER", "True"),
            ("re.fullmatch(", "re.match("),
            ("re.escape(target)", "target"),
            ("    except ValueError:\n        return None", "    except KeyError:\n        return None"),
            ("        if name not in needed\n", ""),
            (".astimezone(UTC)", ""),
        ],
    ),
    "collections/switch.py": (
        (
            "tests/jobs/collections/test_moving_aliases.py",
            "tests/jobs/crawl/test_rebuild.py",
            "tests/jobs/collections/test_maintain.py",
        ),
        [
            ("    await search.aliases.point(name_moving(name), collection)\n", ""),
            ("if collection not in await search.collections.list_names():", "if False:"),
            ("list_names():\n        await search.aliases.remove(name_moving(name))\n", "list_names():\n"),
            ("if not plain and replaced in names:", "if not plain:"),
            ("if not plain and replaced in names:", "if replaced in names:"),
            ("if not plain and replaced in names:", "if False:"),
            ("replaced not in {None, collection}", "replaced is not None"),
            ("        if plain:\n            await _drop_plain(search, name, collection)\n", ""),
            ("    elif replaced is None:\n        await search.aliases.point(name, collection)\n", ""),
            (
                "        await search.aliases.point(name, collection)\n    elif replaced is None:\n        await search.aliases.point(name, collection)\n    await search.aliases.remove(name_moving(name))\n",
                "        await search.aliases.point(name, collection)\n    elif replaced is None:\n        await search.aliases.point(name, collection)\n",
            ),
            (
                "        for alias in others:\n            await search.aliases.point(alias, collection)\n        if plain:\n            await _drop_plain(search, name, collection)\n        await search.aliases.point(name, collection)\n",
                "        if plain:\n            await _drop_plain(search, name, collection)\n        await search.aliases.point(name, collection)\n        for alias in others:\n            await search.aliases.point(alias, collection)\n",
            ),
            ("        for alias in others:\n            await search.aliases.point(alias, collection)\n", ""),
            ("plain = name in names and name != collection", "plain = name in names"),
        ],
    ),
    "collections/maintain.py": (
        (
            "tests/jobs/collections/test_maintain.py",
            "tests/jobs/collections/test_moving_aliases.py",
            "tests/cli/test_updater.py",
            "tests/jobs/test_changes.py",
        ),
        [
            ("if offered < present:", "if False:"),
            ("if offered < present:", "if offered <= present:"),
            ("if not replace_collection or collection == name:", "if not replace_collection:"),
            ("        await search.aliases.remove(name_moving(name))\n", ""),
            ("    await search.ensure_preset(name, preset, replace=False)\n", ""),
            ("ensure_preset(name, preset, replace=False)", "ensure_preset(name, preset, replace=True)"),
            ("    if pointing:\n        aliases", "    if False:\n        aliases"),
            ("        if name in targets:\n", "        if False:\n"),
            ("    await search.changes.drop(name)\n", ""),
            (
                "    documents = await check_disposable(search, name)\n",
                "    documents = await search.collections.count(name)\n",
            ),
            (
                "    await search.changes.drop(name)\n    await search.collections.drop(name)\n",
                "    await search.collections.drop(name)\n    await search.changes.drop(name)\n",
            ),
            (
                "if (finished := await finish_switch(search, name)) is not None:",
                "if (finished := None) is not None:",
            ),
            ("if name in names or rebuilt is None:", "if rebuilt is None:"),
            ("    if before not in names:\n        raise", "    if False:\n        raise"),
            ("(alias for alias in (name, *fellows) if", "(alias for alias in (name,) if"),
            ("if alias in targets and name_previous(alias) in targets", "if name_previous(alias) in targets"),
            ("for each in (present, before) if each in names]", "for each in (present, before)]"),
            (
                "    for each in (rebuilt, *find_followers(targets, rebuilt, present)):\n        await search.ensure_preset(each, build_preset(*both), replace=True)\n",
                "",
            ),
            (
                "    for name in list_moved(moved):\n        await search.ensure_preset(name, build_preset(schema), replace=True)\n",
                "",
            ),
            ("bool(find_mismatches(build_schema(), schema))", "False"),
            ("if number not in keys:", "if False:"),
            ("[name, name_changes(name)] if with_changes else [name]", "[name, name_changes(name)]"),
            ("    await search.get_collection(name)\n    names =", "    names ="),
            (
                "    if target is None:\n        raise CollectionNotFound(name, sorted",
                "    if False:\n        raise CollectionNotFound(name, sorted",
            ),
            (
                "return replace(await switch(search, name, collection), previous=None)",
                "return await switch(search, name, collection)",
            ),
            ("    if not logs:\n", "    if False:\n"),
            ("since=since, kinds=kinds)", "since=since, kinds=())"),
            ("documents=counts.get(target))", "documents=counts.get(name))"),
        ],
    ),
    "collections/migrate.py": (
        ("tests/jobs/collections/test_migrate.py", "tests/cli/test_updater.py", "tests/jobs/test_changes.py"),
        [
            ("    if await search.changes.is_log(source):\n", "    if False:\n"),
            ("    if source == target:\n", "    if False:\n"),
            ("await search.find_collection(order.target) or order.target", "order.target"),
            ("        if not summary.passes:\n            raise\n", ""),
            (
                "if self._copied.get(name) == digest or self._digests.get(name) == digest:",
                "if self._copied.get(name) == digest:",
            ),
            (
                "if self._copied.get(name) == digest or self._digests.get(name) == digest:",
                "if self._digests.get(name) == digest:",
            ),
            (
                "if self._copied.get(name) == digest or self._digests.get(name) == digest:",
                "if name in self._copied:",
            ),
            ("        await self._forget(self._copied.keys() - self._seen)\n", ""),
            ("        self._seen.clear()\n", ""),
            ("        self._lost.pop(name, None)\n        if converted", "        if converted"),
            (
                "            self._lost.pop(name, None)\n        self._summary.moved",
                "        self._summary.moved",
            ),
            ("            self._refused.pop(name, None)\n", ""),
            ("            del self._copied[name]\n", ""),
            (
                "        await self._search.contents.for_each(self._source, self._take)\n        await self._flush()\n",
                "        await self._search.contents.for_each(self._source, self._take)\n",
            ),
            (
                "        self._copied |= digests\n",
                "        self._copied |= {name: digest for name, digest in digests.items() if name not in refused}\n",
            ),
            (
                "{name: why for name, why in self._refused.items() if name not in digests} | refused",
                "self._refused | refused",
            ),
            (
                "{name: why for name, why in self._refused.items() if name not in digests} | refused",
                "refused",
            ),
            ("        if not converted.changed:\n            return text\n", ""),
            ("        self._summary.stopped = (\n", "        _ = (\n"),
            (
                "        if await self._find_differing(sample):\n            await self._copy_until_equal()\n            self._summary.differing",
                "        if await self._find_differing(sample):\n            self._summary.differing",
            ),
            ("self._summary.missing = sorted(expected - arrived)", "self._summary.missing = []"),
            ("self._summary.differing = await", "_ = await"),
            ("expected = self._copied.keys() - self._refused.keys()", "expected = self._copied.keys()"),
            ("        finally:\n            self._account()", "        finally:\n            pass"),
            ("len(self._copied.keys() - self._refused.keys())", "len(self._copied.keys())"),
            ("        await search.snapshot()\n", ""),
            ("return self._summary.moved - before", "return 0"),
            ("        self._summary.moved += len(names)\n", ""),
            ("build_preset(), replace=False)", "build_preset(), replace=True)"),
            ('raise SearchUnavailable(url, f"an export', 'raise ValueError(f"an export'),
        ],
    ),
    "changes.py": (
        ("tests/jobs/test_changes.py", "tests/jobs/test_changes_history.py"),
        [
            ("if before is not None and line.name in left:", "if line.name in left:"),
            ("if before is not None and line.name in left:", "if False:"),
            ("if before is not None and line.name in left:", "if before is not None:"),
            ("            shown[line.name] = after.shown\n", ""),
            ("[change for change in changes if change.project in shown]", "changes"),
            (
                "fetch_fields(self._live, names, COMPARED_FIELDS)",
                "fetch_fields(self._live, names, SHOWN_FIELDS)",
            ),
            ("        await self._log.retract(recorded, refused)\n", "        pass\n"),
            ("        if not self._log:\n            return Recorded()\n", ""),
            ("if not self._log or not changes:", "if not changes:"),
        ],
    ),
    "cycles.py": (
        ("tests/jobs/test_cycles.py",),
        [
            (
                "timedelta(0) <= now - known.checked_at < CYCLES_FRESH",
                "now - known.checked_at < CYCLES_FRESH",
            ),
            (
                "timedelta(0) <= now - known.checked_at < CYCLES_FRESH",
                "timedelta(0) <= now - known.checked_at <= CYCLES_FRESH",
            ),
            (
                "timedelta(0) <= now - known.checked_at < CYCLES_FRESH",
                "timedelta(0) < now - known.checked_at < CYCLES_FRESH",
            ),
            ("        self.resources.cycles.save(origin, known)\n", ""),
            ("floor=floor))\n            return known", "floor=floor))\n            return None"),
            ("return cycles or await self._find_released(framework.distributions[0])", "return cycles"),
            ("cycles=known.cycles if known else (), gone=True", "cycles=(), gone=True"),
            (
                "cycles=known.cycles if known else (), gone=True",
                "cycles=known.cycles if known else (), gone=False",
            ),
            (
                "        return replace(known or KnownCycles(product=product, checked_at=now), checked_at=now)",
                "        return known",
            ),
            ("merge(floor, known.cycles if known else ())", "merge((), known.cycles if known else floor)"),
            ("        self.warnings += merged.refused\n", ""),
            ("        etag=answer.etag,\n", ""),
            ("        last_modified=answer.last_modified,\n", ""),
            ("fetch, floor=bool(floor))", "fetch, floor=False)"),
            (
                "return known.cycles if known else ()\n\n    async def _refresh",
                "return ()\n\n    async def _refresh",
            ),
            ("await self._refresh(source.url, product,", 'await self._refresh("", product,'),
        ],
    ),
    "progress.py": (
        (
            "tests/cli/test_ending.py",
            "tests/jobs/enrich/test_forges.py",
            "tests/jobs/enrich/test_in_turn.py",
            "tests/jobs/crawl/test_failures.py",
            "tests/jobs/collections/test_migrate.py",
            "tests/cli/test_enrich.py",
            "tests/cli/test_aggregator.py",
            "tests/jobs/enrich/test_github.py",
            "tests/jobs/enrich/test_github_faults.py",
        ),
        [
            ("not (self.rejected or self.failed or self.stopped)", "not (self.rejected or self.failed)"),
            ("not (self.rejected or self.failed or self.stopped)", "not (self.rejected or self.stopped)"),
            ("not (self.rejected or self.failed or self.stopped)", "not (self.failed or self.stopped)"),
            ("return self.target_serial is not None or not self.stopped", "return True"),
            (
                "return bool(self.asked or self.written or self.failed) or not self.stopped",
                "return not self.stopped",
            ),
            ("self.exit_code == 0 and not self.left", "self.exit_code == 0"),
            (
                "1 if self.rejected or self.failed or self.stopped else 0",
                "1 if self.failed or self.stopped else 0",
            ),
            (
                "1 if self.rejected or self.failed or self.stopped else 0",
                "1 if self.rejected or self.failed else 0",
            ),
            (
                "1 if self.rejected or self.failed or self.stopped else 0",
                "1 if self.rejected or self.stopped else 0",
            ),
            ("list(forges) if len(forges) > 1 else []", "list(forges)"),
            ("self.resume_at = min(", "self.resume_at = max("),
            ("self.left = sum(forge.left for forge in forges)", "self.left = 0"),
            ("stops = [self.stopped, *", "stops = [*"),
            ("self.failed or self.missing or self.differing", "self.failed or self.differing"),
            ("self.failed or self.missing or self.differing", "self.failed or self.missing"),
            ("bool(self.copied or self.rejected or self.failed)", "False"),
            ("any(part.begun for part in", "all(part.begun for part in"),
            ("all(part.complete for part in", "any(part.complete for part in"),
            ("max((part.exit_code for", "min((part.exit_code for"),
        ],
    ),
    "enrich/frame.py": (
        (
            "tests/jobs/enrich/test_frame.py",
            "tests/jobs/enrich/test_status.py",
            "tests/jobs/enrich/test_downloads.py",
            "tests/jobs/enrich/test_assessment.py",
        ),
        [
            ("return not 0 <= now.timestamp() - checked <", "return not now.timestamp() - checked <"),
            ("- checked < self.max_age.total_seconds()", "- checked <= self.max_age.total_seconds()"),
            ("if checked is None or self.ignore_age:", "if checked is None:"),
            (
                "self.counts.seen - self.counts.written - len(self.counts.rejected)",
                "self.counts.seen - self.counts.written",
            ),
            ("        if self.counts.written:\n            await self.search.snapshot()\n", ""),
            ("        await writer.write(self.source.recall())\n", ""),
            ("            await writer.write(wanted)\n", "            pass\n"),
            ("(UsageError, ConfigurationError, CollectionNotFound)", "(UsageError, ConfigurationError)"),
            ("(UsageError, ConfigurationError, CollectionNotFound)", "CollectionNotFound"),
            ("    await search.collections.ensure(collection, build_schema(), remedy=remedy)\n", ""),
            (' -t {self.target}"\n        return', '"\n        return'),
        ],
    ),
    "enrich/writer.py": (
        (
            "tests/jobs/enrich/test_frame.py",
            "tests/jobs/enrich/test_assessment.py",
            "tests/jobs/test_changes.py",
            "tests/jobs/enrich/test_github_batch.py",
            "tests/jobs/enrich/test_status.py",
        ),
        [
            (
                "        recorded = await self._record([line.name for line in batch], wanted)\n        rejections = await self._search.contents.update_lines(self._collection, batch)\n",
                "        rejections = await self._search.contents.update_lines(self._collection, batch)\n        recorded = await self._record([line.name for line in batch], wanted)\n",
            ),
            ("            await self._recorder.retract(recorded, refused)\n", "            pass\n"),
            (
                "accepted = {line.name for line in batch} - refused",
                "accepted = {line.name for line in batch}",
            ),
            ("len(accepted - self._written)", "len(accepted)"),
            ("        self._carried.update({name: wanted[name] for name in accepted})\n", ""),
            ("        self._written |= accepted\n", ""),
            (
                "        self._counts.rejected += [ItemFailure(name=item.name, reason=item.reason) for item in rejections]\n",
                "",
            ),
            ("differing[name] | continued.get(name, {})", "differing[name]"),
            (
                "        if self._recorder is None:\n            self._recorder = await open",
                "        if True:\n            self._recorder = await open",
            ),
            ("        self._check_ownership(wanted, self._fields.compared)\n", ""),
            ("        self._check_ownership(wanted, self._fields.continued)\n", ""),
            (
                "        if collection is not None:\n            carried",
                "        if True:\n            carried",
            ),
            (
                "(carried := self._carried.get(name)) is not None",
                "(carried := self._carried.get(name, {})) is not None",
            ),
            ("list(documents), fields.names)", "list(documents), ())"),
        ],
    ),
    "enrich/in_turn.py": (
        ("tests/jobs/enrich/test_in_turn.py", "tests/cli/test_enrich.py"),
        [
            ("(UsageError, ConfigurationError, CollectionNotFound)", "(UsageError, ConfigurationError)"),
            ("(UsageError, ConfigurationError, CollectionNotFound)", "(UsageError, CollectionNotFound)"),
            (
                "(UsageError, ConfigurationError, CollectionNotFound)",
                "(ConfigurationError, CollectionNotFound)",
            ),
            ("            account.sources[name] = part\n", "            break\n"),
            ("    await ensure_collection(search, order.target, order.remedy)\n", ""),
            ("stopped=str(error))", "stopped=None)"),
        ],
    ),
    "enrich/assessment.py": (
        ("tests/jobs/enrich/test_assessment.py", "tests/jobs/test_changes.py"),
        [
            ('{**said, "history_week": week}', "{**said}"),
            ("find_newest_releases(distributions, cycles.framework, documents.values())", "{}"),
            ('        logger.warning("%s", warning)\n', "        pass\n"),
            ("started=started, go_on=source.go_on)", "started=started)"),
            ("cycles=cycles.framework,\n", "cycles=(),\n"),
            ("pythons=cycles.python,\n", "pythons=(),\n"),
        ],
    ),
    "enrich/status.py": (
        (
            "tests/jobs/enrich/test_status.py",
            "tests/jobs/enrich/test_status_faults.py",
            "tests/jobs/enrich/test_status_resume.py",
        ),
        [
            ("if find_name(item.id) == item.id)", "if True)"),
            (
                "sorted(due, key=lambda item: (item.provenance_checked or 0, item.id))",
                "sorted(due, key=lambda item: item.id)",
            ),
            ("for page in known if page.absent_at is None}", "for page in known}"),
            ("        self._summary.absent += sum(page.absent_at is not None for page in known)\n", ""),
            ("if known is None or self._order.ignore_age:", "if known is None:"),
            (
                "timedelta(0) <= self._started - known.checked_at < ABSENT_FRESH",
                "self._started - known.checked_at < ABSENT_FRESH",
            ),
            (
                "timedelta(0) <= self._started - known.checked_at < ABSENT_FRESH",
                "timedelta(0) <= self._started - known.checked_at",
            ),
            ("return recently and document.serial <= known.absent_at", "return recently"),
            (
                "return recently and document.serial <= known.absent_at",
                "return document.serial <= known.absent_at",
            ),
            (
                "return recently and document.serial <= known.absent_at",
                "return recently and document.serial < known.absent_at",
            ),
            ("return not self._is_due(int(known.checked_at.timestamp()))", "return True"),
            (
                "            if part[-1] == due[-1] and self._stopped is None:\n                self._confirm_absences()\n",
                "",
            ),
            ("if part[-1] == due[-1] and self._stopped is None:", "if part[-1] == due[-1]:"),
            ("if part[-1] == due[-1] and self._stopped is None:", "if self._stopped is None:"),
            ("len(due) - self._summary.asked - len(self._summary.failed)", "len(due) - self._summary.asked"),
            ("max(self._stopped.until, self._resources.now())", "self._stopped.until"),
            ("            if self._stopped is not None:\n                raise self._stopped\n", ""),
            (
                "            if self._stopped is not None:\n                return\n            try",
                "            try",
            ),
            (
                "            except (RateLimited, SourceOutage, SourceUnreachable) as error:\n                self._stop(error)\n",
                "            except (RateLimited, SourceOutage) as error:\n                self._stop(error)\n",
            ),
            (
                "            except AggregatorError as error:\n                # What is remembered cannot be: no use in asking on.\n                self._stop(error)\n",
                "",
            ),
            ("self._stopped = self._stopped or error", "self._stopped = error"),
            ("absent_at=self._serials[name]", "absent_at=0"),
            ("replace(known, checked_at=learnt.checked_at)", "known"),
            ("attested_by=attested, etag=etag)", "attested_by=attested)"),
            (
                "page.absent_at is not None and (known is None or known.absent_at is None)",
                "page.absent_at is not None",
            ),
            ("page.absent_at is not None and (known is None or known.absent_at is None)", "False"),
            ("len(self._unconfirmed) >= OUTAGE_PROJECTS", "len(self._unconfirmed) > OUTAGE_PROJECTS"),
            ("        self._confirm_absences()\n        self._keep(page)", "        self._keep(page)"),
            ("        self._unconfirmed.clear()\n", ""),
            ("        self._resources.pages.save(page)\n", ""),
            ("                pages.save_provenance(file.filename, known[file.filename])\n", ""),
            ("            if file.filename not in known:\n", "            if True:\n"),
            ("        self._unanswered[kind] = 0\n", ""),
            ("self._unanswered[kind] >= OUTAGE_PROJECTS", "self._unanswered[kind] > OUTAGE_PROJECTS"),
            ("        except RateLimited:\n            raise\n", ""),
            (
                "                self._summary.failed.append(ItemFailure(name=name, reason=str(error)))\n",
                "                pass\n",
            ),
        ],
    ),
    "enrich/downloads.py": (
        (
            "tests/jobs/enrich/test_downloads.py",
            "tests/jobs/enrich/test_downloads_resume.py",
            "tests/cli/test_enrich.py",
        ),
        [
            ("due.sort(key=lambda name: (checked[name] or 0, name))", "due.sort()"),
            ("if self._order.is_due(moment, now)]", "if moment is None]"),
            ("askable = list(chain.from_iterable(batch_names(due)))", "askable = due"),
            (
                "            except RateLimited as limit:\n                self._note_left(due)\n",
                "            except RateLimited as limit:\n",
            ),
            (
                "            except SourceError:\n                self._note_left(due)\n                raise\n",
                "",
            ),
            ("max(limit.until, self._resources.now())", "limit.until"),
            ("            if error.for_all:\n                raise\n", ""),
            (
                "            self._summary.failed += [ItemFailure(name=name, reason=str(error)) for name in names]\n",
                "",
            ),
            ("if self._refused >= OUTAGE_QUERIES:", "if self._refused > OUTAGE_QUERIES:"),
            ("        self._refused = 0\n        self._summary.asked", "        self._summary.asked"),
            ("- self._summary.asked - len(self._summary.failed)", "- self._summary.asked"),
            ("int(self._resources.now().timestamp())", "int(ended.timestamp())"),
            ("queries := log.queries - sent", "queries := log.queries"),
            (
                "        self._summary.asked += len(names)\n",
                "        self._summary.asked += len(downloads.counts)\n",
            ),
        ],
    ),
    "enrich/forges/refresh.py": (
        (
            "tests/jobs/enrich/test_github.py",
            "tests/jobs/enrich/test_github_faults.py",
            "tests/jobs/enrich/test_forges.py",
            "tests/jobs/enrich/test_forges_faults.py",
            "tests/jobs/enrich/test_github_batch.py",
            "tests/jobs/enrich/test_github_resume.py",
        ),
        [
            ("known | {row.slug: row for row in known.values()}", "known"),
            ("(earliest is not None and known.checked_at < earliest)", "False"),
            ("known.checked_at < earliest", "known.checked_at <= earliest"),
            ("            self.knowledge.update(self.repositories.load(part))\n", ""),
            (
                "                self.summary.left = len(asked) + len(queue)\n                self.summary.resume",
                "                self.summary.left = len(queue)\n                self.summary.resume",
            ),
            (
                "                self.summary.left = len(asked) + len(queue)\n                raise",
                "                raise",
            ),
            ("max(limit.until, self.order.now())", "limit.until"),
            ("[name for name in part if name not in again]", "part"),
            ("queue.extendleft(reversed(again))", "pass"),
            ("                self._waits = 0\n", ""),
            ("None if name in self._by_name else", ""),
            ("known.slug if known.state is State.AVAILABLE else name", "known.slug"),
            ("known.node_id if self.asker.by_id else None", "known.node_id"),
            ("not self.order.patient or pause", "pause"),
            ("pause > patience or", "pause >= patience or"),
            (" or self._waits > MAX_WAITS", ""),
            ("max(pause, 0.0) + 1.0", "pause + 1.0"),
            ("max(pause, 0.0) + 1.0", "max(pause, 0.0)"),
            ("if len(outcomes) > 1:", "if False:"),
            ("outcome is Unavailable.MISSING and self._may_have_moved(name)", "False"),
            ("asked.node_id is not None or asked.repository.path != name", "asked.node_id is not None"),
            ("asked.node_id is not None or asked.repository.path != name", "asked.repository.path != name"),
            ("        self.repositories.save(learnt)\n", ""),
            ("        self._unanswered = 0\n\n    def _note", "\n    def _note"),
            ("self._unanswered >= OUTAGE_REPOSITORIES", "self._unanswered > OUTAGE_REPOSITORIES"),
            ("self.asker.requests - self._sent_before", "self.asker.requests"),
        ],
    ),
    "enrich/forges/source.py": (
        (
            "tests/jobs/enrich/test_forges.py",
            "tests/jobs/enrich/test_github.py",
            "tests/jobs/enrich/test_forges_faults.py",
            "tests/jobs/enrich/test_github_faults.py",
            "tests/jobs/enrich/test_github_batch.py",
        ),
        [
            ("not_before=resources.now() if order.ignore_age else None", "not_before=None"),
            ("isinstance(it, NoRepository) and not it.final", "isinstance(it, NoRepository)"),
            ("owned.doubt is None and self._asks(owned.repository)", "self._asks(owned.repository)"),
            ("            if not self._is_said(Repository(host, path))\n", ""),
            ("set(due) if self._asks_now else set()", "set(due)"),
            ("                    self._due -= {Repository(host, path) for path in answered}\n", ""),
            (
                "            except SourceError as error:\n                refresh.summary.stopped = str(error)\n",
                "            except KeyError:\n                raise\n",
            ),
            ("        yield self._build_wanted(unanswered)\n", ""),
            ("row is not None and row.state is State.AVAILABLE", "row is not None"),
            ("(-latest(it), it.path)", "it.path"),
            (
                "owned.repository in self._due or self._documents[name].has_figures_of(owned.repository.host)",
                "owned.repository in self._due",
            ),
            (
                "owned.repository in self._due or self._documents[name].has_figures_of(owned.repository.host)",
                "self._documents[name].has_figures_of(owned.repository.host)",
            ),
            ("        if owned.doubt is not None:\n            return build_ownership_fields(owned)\n", ""),
            ("    if known and known.gone:\n", "    if known:\n"),
            ("if known and known.stats and known.confirmed_at:", "if known and known.stats:"),
            ("return not any(\n", "return not all(\n"),
            (
                "refresh.summary.from_cache = shown - sum(repository.host == host for repository in due)",
                "refresh.summary.from_cache = shown",
            ),
            ("known.state is not State.AVAILABLE\n        ]", "True\n        ]"),
        ],
    ),
    "enrich/forges/batch.py": (
        (
            "tests/jobs/enrich/test_github_batch.py",
            "tests/queue/test_sources.py",
            "tests/queue/test_tasks.py",
        ),
        [
            (
                "        if await resources.search.find_collection(target) is None:\n            continue\n",
                "",
            ),
            ("list(dict.fromkeys(found.repositories))", "found.repositories"),
            ("    await write(path for path in paths if path not in due)\n", ""),
            ("patience=False" if False else "patient=False", "patient=True"),
            ("    refresh.knowledge.update(refresh.repositories.load(paths))\n", ""),
            ("        await write(answered)\n    summary", "        pass\n    summary"),
            ("    summary.add_up([refresh.summary])\n", ""),
            ("known.slug if known and known.state is State.AVAILABLE else path", "path"),
            ("evidence=owned.evidence)\n            found", "evidence=None)\n            found"),
            ("asks_now=False", "asks_now=True"),
            (
                "read_more=source.read_readmes,\n        )\n        found",
                "read_more=None,\n        )\n        found",
            ),
        ],
    ),
    "enrich/forges/asking.py": (
        (
            "tests/jobs/enrich/test_github.py",
            "tests/jobs/enrich/test_github_faults.py",
            "tests/jobs/enrich/test_forges.py",
            "tests/jobs/enrich/test_forges_faults.py",
        ),
        [
            ("self.current + self.step if self._failed else self.current * 2", "self.current * 2"),
            ("min(more, self.largest)", "more"),
            ("max(1, failed // 2)", "failed // 2"),
            ("            self.batch.shrink(len(items))\n            return", "            return"),
            ("            self.batch.shrink(len(items))\n        else", "            pass\n        else"),
            ("list(dict.fromkeys(items.values()))", "list(items.values())"),
            ("        except SourceUnreachable:\n            raise\n", ""),
            ("(SourceUnavailable, MalformedResponse)", "SourceUnavailable"),
            ("etag=asked.etag)", "etag=None)"),
            ("by_id=forge.kind is ForgeKind.GITLAB", "by_id=True"),
            ("by_id=forge.kind is ForgeKind.GITLAB", "by_id=False"),
        ],
    ),
    "enrich/forges/collection.py": (
        ("tests/jobs/enrich/test_forges.py", "tests/jobs/enrich/test_github.py"),
        [
            ("hosts=[GITHUB_HOST])", "hosts=None)"),
            ("    summary.unavailable = source.list_unavailable()\n", ""),
            ("    summary.add_up(source.list_summaries())\n", ""),
        ],
    ),
    "search.py": (
        ("tests/cli/test_search.py", "tests/golden"),
        [
            ("order.words or EVERYTHING", "order.words"),
            ('" && ".join(filters)', '" || ".join(filters)'),
            ('f"({text})" for text', 'f"{text}" for text'),
            ("    if await search.find_preset(name) is not None:\n", "    if True:\n"),
            ('"desc" if types[name] in _NUMBERS else "asc"', '"asc"'),
            ("direction.lower() or", "direction or"),
            ("    if name not in types:\n", "    if False:\n"),
            ("    if direction not in _DIRECTIONS:\n", "    if False:\n"),
            ('if order.filters and "filter" in', 'if "filter" in'),
            ('(named, f"{named}_sortable")', "(named,)"),
            ('searched=schema["num_documents"]', "searched=hits.found"),
        ],
    ),
    "check/listing.py": (
        ("tests/cli/test_check.py", "tests/cli/test_check_files.py"),
        [
            ("    if name in selection.exclude:\n", "    if False:\n"),
            ("    if name in selection.include:\n", "    if False:\n"),
            ("min(found, key=len)", "max(found, key=len)"),
            ("    if not roots:\n", "    if False:\n"),
            ("if len(found) > 1 else", "if found else"),
        ],
    ),
    "check/named.py": (
        ("tests/cli/test_check.py",),
        [
            (
                "self.repository_evidence is not None and self.repository_stars is not None",
                "self.repository_stars is not None",
            ),
            (
                "    if document is None:\n        return await _ask",
                "    if False:\n        return await _ask",
            ),
            ("    if not found.listed:\n        return found\n", ""),
            (
                'return replace(found, listed=True, reason=f"though',
                'return replace(found, listed=False, reason=f"though',
            ),
            (
                "    except msgspec.ValidationError:\n        return None\n",
                "    except KeyError:\n        return None\n",
            ),
            ("isinstance(value, int) and not isinstance(value, bool)", "isinstance(value, int)"),
            (
                "if all(document.get(field) is None for field in fields)",
                "if any(document.get(field) is None for field in fields)",
            ),
            ('    if document["assessed_by"] != RULES_VERSION:\n', "    if False:\n"),
            ("missing and case and not told", "missing and case"),
            (
                "    except SourceError as error:\n        listing",
                "    except KeyError as error:\n        listing",
            ),
            ("supported=judged[cycle.label]) if cycle.label in judged else cycle", "supported=False)"),
        ],
    ),
    "check/readiness.py": (
        ("tests/cli/test_check.py",),
        [
            ('{label.casefold(), label.rpartition(" ")[2].casefold()}', "{label.casefold()}"),
            ("    if not labels:\n", "    if False:\n"),
            (".split()).casefold()", ".split())"),
        ],
    ),
    "check/report.py": (
        ("tests/cli/test_check.py", "tests/cli/test_check_files.py"),
        [
            ("case and outcome == Outcome.FAIL", "case"),
            ("    if rule is None:\n", "    if False:\n"),
            ("key=lambda check: -check.weight", "key=lambda check: check.weight"),
            ("if isinstance(entry, Mapping)]", "]"),
        ],
    ),
    "check/unpublished.py": (
        ("tests/cli/test_check_files.py",),
        [
            (
                "        if not release.has(kind):\n            # Nobody",
                "        if False:\n            # Nobody",
            ),
            ('None if "version" in release.left else', ""),
            ("is Outcome.PASS and check.rule.id not in uncertain", "is Outcome.PASS"),
            ('_NEEDS_ALL | {"final_release"} if', "_NEEDS_ALL if"),
            ("{**_BEFORE, **_find_files(release), **left}", "{**_find_files(release), **left}"),
            ("{**_BEFORE, **_find_files(release), **left}", "{**_BEFORE, **left}"),
            ("{**_BEFORE, **_find_files(release), **left}", "{**_BEFORE, **_find_files(release)}"),
            ('if listing.line and "classifier" in release.left:', "if listing.line:"),
            ('if listing.line and "classifier" in release.left:', "if False:"),
            ("    if not world.cycles:\n", "    if False:\n"),
            ("if all(file.kind is None for", "if any(file.kind is None for"),
        ],
    ),
}
