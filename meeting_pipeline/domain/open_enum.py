"""A set of names that stays open until the program has started: like ``StrEnum``, but files can add names.

Belongs here: how such a name behaves in Python, in pydantic models and in OpenAPI. Must not go here: the names themselves.
"""

from collections.abc import Iterator
from typing import Any, ClassVar, Self, TypeVar

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

N = TypeVar("N", bound="OpenEnum")


class _Members(type):
    """Makes the class itself iterable, in the order of ``names()``."""

    def __iter__(cls: type[N]) -> Iterator[N]:  # type: ignore[misc]  # only OpenEnum uses this metaclass
        return iter([cls.named(name) for name in cls.names()])

    def __len__(cls) -> int:
        return len(cls.names())  # type: ignore[attr-defined]

    def __contains__(cls, name: object) -> bool:
        return name in cls.names()  # type: ignore[attr-defined]


class OpenEnum(str, metaclass=_Members):
    """A name from a set. There is one object per name, so names can be compared with ``is``.

    ``Kind("name")`` accepts only names that are known now; ``Kind.named("name")`` is for code that adds one.
    """

    __slots__ = ()
    _made: ClassVar[dict[str, Any]]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls._made = {}

    def __new__(cls, name: str) -> Self:
        """The name. Raises: ValueError if it is not known."""
        if name not in cls.names():
            raise ValueError(f"{name!r} is not a valid {cls.__name__}")
        return cls.named(name)

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The names that are known now, in order."""
        raise NotImplementedError

    @classmethod
    def named(cls, name: str) -> Self:
        """The single object for this name, whether it is known yet or not."""
        made: Self = cls._made.setdefault(name, str.__new__(cls, name))
        return made

    @classmethod
    def known(cls, name: str) -> Self | None:
        """The name, or ``None`` if it is not known: the database may contain names whose file was removed."""
        return cls.named(name) if name in cls.names() else None

    @property
    def value(self) -> str:
        """The plain string."""
        return str.__str__(self)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.value!r}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).named, (self.value,)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _memo: dict[int, Any]) -> Self:
        return self

    @classmethod
    def _validated(cls, value: Any) -> Self:
        if isinstance(value, str) and (found := cls.known(value)) is not None:
            return found
        *others, last = [f"'{name}'" for name in cls.names()]
        expected = f"{', '.join(others)} or {last}" if others else last
        raise PydanticCustomError("enum", "Input should be {expected}", {"expected": expected})

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls._validated,
            ref=f"{cls.__module__}.{cls.__qualname__}:{id(cls)}",
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda name: str.__str__(name), return_schema=core_schema.str_schema(), when_used="json"
            ),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        # Built when the OpenAPI description is requested, so that it includes the names from all files.
        return {"title": cls.__name__, "description": cls.__doc__, "enum": list(cls.names()), "type": "string"}
