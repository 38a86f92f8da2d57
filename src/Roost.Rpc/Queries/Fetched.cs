using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;

namespace Roost.Rpc.Queries;

/// <summary>What became of one key, or of one tried query: a value, nothing there, or an error.</summary>
/// <remarks><c>default</c> is "nothing there".</remarks>
public readonly struct Fetched<T>
{
    // Null: missing. FoundMark: there is a value. Else the exception.
    private readonly object? _state;
    private readonly T? _value;

    internal Fetched(T value) => (_state, _value) = (Fetched.FoundMark, value);

    internal Fetched(Exception error) => _state = error;

    public bool IsFound => ReferenceEquals(_state, Fetched.FoundMark);

    public bool IsMissing => _state is null;

    /// <summary>Why it could not be fetched; null when it was found or is missing.</summary>
    public Exception? Error => _state as Exception;

    /// <summary>The value.</summary>
    /// <exception cref="ServiceException">
    /// <see cref="ErrorCode.NotFound"/>: nothing there. If there is an <see cref="Error"/>, that is thrown.
    /// </exception>
    public T Value => IsFound ? _value! : Throw();

    /// <summary>Whether there is a value, and which.</summary>
    public bool TryGet([MaybeNullWhen(false)] out T value)
    {
        value = _value;
        return IsFound;
    }

    /// <summary>The value, or <paramref name="otherwise"/> when it is missing or failed.</summary>
    public T? ValueOr(T? otherwise) => IsFound ? _value : otherwise;

    public override string ToString() => _state switch
    {
        null => "missing",
        Exception error => $"failed: {error.Message}",
        _ => $"found: {_value}",
    };

    private T Throw()
    {
        if (Error is { } error) ExceptionDispatchInfo.Throw(error);
        throw new ServiceException(ErrorCode.NotFound, "It does not exist.");
    }
}

/// <summary>Makes <see cref="Fetched{T}"/>.</summary>
public static class Fetched
{
    internal static readonly object FoundMark = new();

    public static Fetched<T> Found<T>(T value) => new(value);

    public static Fetched<T> Missing<T>() => default;

    public static Fetched<T> Failed<T>(Exception error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return new(error);
    }
}
