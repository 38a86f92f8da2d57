using System.Runtime.InteropServices;

namespace Roost.Rpc.Queries;

/// <summary>
/// What a source answered to one batch, in the form in which it came: values are wrapped one by one, when somebody
/// looks at them, so that a batch costs no array of its own. <c>default</c> is the answer to no keys.
/// </summary>
public readonly struct Answers<TValue>
{
    private readonly Fetched<TValue>[]? _fetched;
    private readonly TValue?[]? _values;
    private readonly bool _nullIsMissing;

    /// <summary>An answer of its own for each key.</summary>
    internal Answers(Fetched<TValue>[]? fetched) => _fetched = fetched;

    /// <summary>A value for each key.</summary>
    /// <param name="nullIsMissing">Whether null says that there is nothing; else it is a value.</param>
    internal Answers(TValue?[]? values, bool nullIsMissing) => (_values, _nullIsMissing) = (values, nullIsMissing);

    /// <summary>How many keys were answered; 0 too when the source answered null.</summary>
    public int Count => _fetched?.Length ?? _values?.Length ?? 0;

    /// <summary>What became of the key at this place.</summary>
    /// <param name="index">From 0 to <see cref="Count"/> - 1.</param>
    public Fetched<TValue> this[int index]
    {
        get
        {
            if (_fetched is not null) return _fetched[index];
            var value = _values![index];
            return _nullIsMissing && value is null ? default : new Fetched<TValue>(value!);
        }
    }

    internal void AddTo(List<Fetched<TValue>> answers)
    {
        var first = answers.Count;
        CollectionsMarshal.SetCount(answers, first + Count);
        var added = CollectionsMarshal.AsSpan(answers)[first..];
        for (var i = 0; i < added.Length; i++) added[i] = this[i];
    }
}
