# mypy: disable-error-code="no-any-return, no-untyped-call, unused-ignore, untyped-decorator, misc, override, attr-defined"
"""How kernels are put together: each is read once, and all are optimised once, with their entry.

Numba links into a function all that it calls, directly or not, optimises that
and makes machine code of it, then does so again for each function that calls
it. With calls eight deep that was four fifths of the compiler's time. Here a
part stays as it was written until the kernel that Python calls is complete;
that one takes all parts, once. Steps of numba's that have nothing to do in
kernels (closures, literals, parallel loops) are left out, and so is the search
for loops to vectorise: loops here follow lists.

Classes of numba's own are derived from, none is changed: whoever else uses
numba in the process gets what it always does.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from numba import _dynfunc
from numba.core import cgutils, typed_passes, untyped_passes
from numba.core.codegen import JITCodeLibrary, ll
from numba.core.compiler import CompilerBase, DefaultPassBuilder, Flags
from numba.core.compiler_machinery import register_pass

_NOTHING_TO_DO = {
    untyped_passes.WithLifting,
    untyped_passes.InlineClosureLikes,
    untyped_passes.RewriteSemanticConstants,
    untyped_passes.DeadBranchPrune,
    untyped_passes.RewriteDynamicRaises,
    untyped_passes.MakeFunctionToJitFunction,
    untyped_passes.InlineInlinables,
    untyped_passes.FindLiterallyCalls,
    untyped_passes.LiteralUnroll,
    untyped_passes.LiteralPropagationSubPipelinePass,
    typed_passes.InlineOverloads,
    typed_passes.NopythonRewrites,
    typed_passes.DumpParforDiagnostics,
}


class PartLibrary(JITCodeLibrary):
    """The code of one part as text, and which libraries it calls."""

    def __init__(self, codegen: Any, name: str, *, attributes: tuple[str, ...]) -> None:
        super().__init__(codegen, name)
        self.attributes = attributes
        self.texts: list[str] = []
        self.calls: list[Any] = []

    def add_ir_module(self, ir_module: Any) -> None:
        """Take the code of the function."""
        for function in ir_module.functions:
            if not function.is_declaration:
                function.linkage = "linkonce_odr"
                for attribute in self.attributes:
                    function.attributes.add(attribute)
        self.texts.append(cgutils.normalize_ir_text(str(ir_module)))

    def add_linking_library(self, library: Any) -> None:
        """Note that the function calls another."""
        self.calls.append(library)

    def finalize(self) -> None:
        """Leave everything to the entry."""
        self._finalized = True


class EntryLibrary(JITCodeLibrary):
    """The code of a kernel that Python calls, with all its parts."""

    def add_linking_library(self, library: Any) -> None:
        """Note that the function calls another."""
        self._linking_libraries.append(library)

    def _optimize_functions(self, ll_module: Any) -> None:
        """Do nothing: all functions are optimised at the end."""

    def finalize(self) -> None:
        """Link each part once, and what parts call."""
        parts: dict[Any, None] = {}
        others: dict[Any, None] = {}
        found = list(self._linking_libraries)
        while found:
            library = found.pop()
            if not isinstance(library, PartLibrary):
                others[library] = None
            elif library not in parts:
                parts[library] = None
                found += library.calls
        for part in parts:
            for text in part.texts:
                self._final_module.link_in(ll.parse_assembly(text))
        self._linking_libraries = list(others)
        super().finalize()

    def _optimize_final_module(self) -> None:
        options = ll.create_pipeline_tuning_options(speed_level=3)
        options.loop_vectorization = False
        options.slp_vectorization = False
        machine = self._codegen._tm  # noqa: SLF001
        builder = ll.create_pass_builder(machine, options)
        builder.getModulePassManager().run(self._final_module, builder)


@register_pass(mutates_CFG=True, analysis_only=False)
class PartLowering(typed_passes.NativeLowering):
    """Writes the code of a part; there is nothing yet that could be called."""

    _name = "zhizao_part_lowering"
    attributes: tuple[str, ...] = ()

    def run_pass(self, state: Any) -> bool:
        """Write the code, and stand for it by a function that nobody can call."""
        library = PartLibrary(
            state.targetctx.codegen(), state.func_id.func_qualname, attributes=self.attributes
        )
        state.library = library
        state.flags.no_compile = True
        super().run_pass(state)
        written = state["cr"]
        code = written.fndesc
        stands_for_it = _dynfunc.make_function(
            code.lookup_module(), code.qualname.split(".")[-1], "", 0, written.env, (library,)
        )
        state.targetctx.insert_user_function(stands_for_it, code, [library])
        state["cr"] = written._replace(cfunc=stands_for_it)
        return True


@register_pass(mutates_CFG=True, analysis_only=False)
class RareLowering(PartLowering):
    """Writes the code of a part that stays out of those that call it, away from theirs."""

    _name = "zhizao_rare_lowering"
    attributes = ("noinline", "cold")


@register_pass(mutates_CFG=True, analysis_only=False)
class EntryLowering(typed_passes.NativeLowering):
    """Writes the code of a kernel that Python calls, and makes machine code of all."""

    _name = "zhizao_entry_lowering"

    def run_pass(self, state: Any) -> bool:
        """Write the code, put the parts to it, and compile."""
        state.library = EntryLibrary(state.targetctx.codegen(), state.func_id.func_qualname)
        state.library.enable_object_caching()
        return super().run_pass(state)


class _KnownFlags(Flags):
    """A compiler's options that are compared and hashed quickly.

    Numba looks up each operator of each function under some forty names, by the options too:
    going through all sixty of them each time took a tenth of the compiler's time.
    """

    known_hash: int | None = None

    def __eq__(self, other: object) -> bool:
        return self._values == getattr(other, "_values", None) or super().__eq__(other)

    def __hash__(self) -> int:
        if self.known_hash is None:
            self.known_hash = super().__hash__()
        return self.known_hash


@contextmanager
def _few_collections() -> Iterator[None]:
    """Let Python look for garbage less often: the compiler makes millions of objects.

    Numba compiles in one thread at a time, so what was set before is set again.
    """
    before = gc.get_threshold()
    if before[0] > 0:
        gc.set_threshold(max(before[0], 200_000), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


class _KernelCompiler(CompilerBase):
    lowering: Any

    def compile_extra(self, func: Any) -> Any:
        """Compile a function, under options that are compared quickly."""
        self.state.flags = _KnownFlags(self.state.flags)
        return super().compile_extra(func)

    def define_pipelines(self) -> list[Any]:
        """Return numba's steps, less those that have nothing to do, with another last one."""
        steps = DefaultPassBuilder.define_nopython_pipeline(self.state)
        steps.passes = [
            (self.lowering if step is typed_passes.NativeLowering else step, name)
            for step, name in steps.passes
            if step not in _NOTHING_TO_DO
        ]
        steps.finalize()
        return [steps]


class _PartCompiler(_KernelCompiler):
    lowering = PartLowering


class _RareCompiler(_KernelCompiler):
    lowering = RareLowering


class _EntryCompiler(_KernelCompiler):
    lowering = EntryLowering

    def compile_extra(self, func: Any) -> Any:
        """Compile a function and all its parts."""
        with _few_collections():
            return super().compile_extra(func)


COMPILERS: dict[str, Any] = {
    "entry": _EntryCompiler,
    "part": _PartCompiler,
    "rare": _RareCompiler,
}
"""For kernels that Python calls, for those that kernels call, for those called now and then."""
