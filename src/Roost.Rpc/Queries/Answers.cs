using System.Runtime.InteropServices;

namespace Roost.Rpc.Queries;

/// <summary>
/// What a source answered to one batch, in the form in which it came: values are wrapped only where they are kept, so
/// that a batch costs no array of its own.
/// </summary>
internal readonly struct Answers<TValue>
{
    private readonly Fetched<TValue>[]? _fetched;
    private readonly TValue?[]? _values;
    private readonly bool _nullIsMissing;

    /// <summary>An answer of its own for each key.</summary>
    public Answers(Fetched<TValue>[]? fetched) => _fetched = fetched;

    /// <summary>A value for each key.</summary>
    /// <param name="nullIsMissing">Whether null says that there is nothing; else it is a value.</param>
    public Answers(TValue?[]? values, bool nullIsMissing) => (_values, _nullIsMissing) = (values, nullIsMissing);

    /// <summary>How many keys were answered; 0 too when the source answered null.</summary>
    public int Count => _fetched?.Length ?? _values?.Length ?? 0;

    public void AddTo(List<Fetched<TValue>> answers)
    {
        if (_fetched is not null)
        {
            answers.AddRange(_fetched);
            return;
        }
        var values = _values.AsSpan();
        CollectionsMarshal.SetCount(answers, answers.Count + values.Length);
        var added = CollectionsMarshal.AsSpan(answers)[^values.Length..];
        for (var i = 0; i < values.Length; i++)
            added[i] = _nullIsMissing && values[i] is null ? default : new Fetched<TValue>(values[i]!);
    }
}
