using System.Diagnostics;

namespace Roost.Rpc.Queries;

/// <summary>
/// One line of work within a run: where it is in its query, and the nodes around that place which wait for its value.
/// It is the machine's stack kept on the heap. A branch goes on until it needs a key that is not there, forks, or
/// ends.
/// </summary>
internal sealed class Branch(QueryRun run, Join? parent, int index)
{
    private enum State
    {
        Starting,
        Returning,
        Failing,
        Paused,
    }

    private State _state;
    // What is to be started; after a pause too.
    private Query? _current;
    // The value when returning; the exception when failing.
    private object? _outcome;
    private Query[] _waiting = [];
    private int _depth;

    public QueryRun Run { get; } = run;

    /// <summary>Goes on with <paramref name="query"/> in place of the node that calls it.</summary>
    public void GoOn(Query query)
    {
        _current = query ?? throw new InvalidOperationException(
            "A function given to SelectMany or Recover returned null instead of a query.");
        _state = State.Starting;
    }

    /// <summary>Goes on with <paramref name="inner"/> and brings its outcome to <paramref name="node"/>.</summary>
    public void Push(Query node, Query inner)
    {
        if (_depth == _waiting.Length) Array.Resize(ref _waiting, Math.Max(4, _depth * 2));
        _waiting[_depth++] = node;
        GoOn(inner);
    }

    public void Return(object? value)
    {
        _outcome = value;
        _state = State.Returning;
    }

    public void Fail(Exception error)
    {
        _outcome = error;
        _state = State.Failing;
    }

    /// <summary>Starts <paramref name="node"/> again when the keys that it wants are there.</summary>
    public void Wait(Query node)
    {
        _current = node;
        _state = State.Paused;
        Run.AddWaiting(this);
    }

    /// <summary>
    /// Runs <paramref name="parts"/> beside each other and brings their values, an array, to <paramref name="node"/>.
    /// </summary>
    public void Fork(Query node, Query[] parts)
    {
        Push(node, node);
        _state = State.Paused;
        var join = new Join(this, parts.Length);
        for (var i = 0; i < parts.Length; i++)
        {
            var child = new Branch(Run, join, i);
            child.GoOn(parts[i]);
            Run.AddReady(child);
        }
    }

    /// <summary>Called by the run after a pause for keys.</summary>
    public void GoOnAfterWait() => GoOn(_current!);

    /// <summary>Goes as far as it can.</summary>
    public void Advance()
    {
        while (_state != State.Paused)
        {
            if (_state == State.Starting)
                _current!.Start(this);
            else if (_depth == 0)
                End();
            else if (_state == State.Returning)
                Pop().Resume(this, _outcome);
            else
                Pop().Recover(this, (Exception)_outcome!);
        }
    }

    private Query Pop()
    {
        var node = _waiting[--_depth];
        _waiting[_depth] = null!;
        return node;
    }

    private void End()
    {
        Debug.Assert(_state is State.Returning or State.Failing, "A branch ends with an outcome.");
        var failed = _state == State.Failing;
        _state = State.Paused;
        if (parent is null)
            Run.End(failed ? null : _outcome, failed ? (Exception)_outcome! : null);
        else
            parent.EndPart(index, _outcome, failed);
    }
}

/// <summary>Where the branches of a fork come together again.</summary>
internal sealed class Join(Branch parent, int count)
{
    private readonly object?[] _values = new object?[count];
    private int _open = count;
    private int _firstFailed = int.MaxValue;

    /// <summary>
    /// Takes one part's outcome. The last one wakes the parent: a failure waits for the others, so that which error is
    /// reported does not depend on the order in which sources answer.
    /// </summary>
    public void EndPart(int index, object? outcome, bool failed)
    {
        _values[index] = outcome;
        if (failed) _firstFailed = Math.Min(_firstFailed, index);
        if (--_open > 0) return;

        if (_firstFailed == int.MaxValue)
            parent.Return(_values);
        else
            parent.Fail((Exception)_values[_firstFailed]!);
        parent.Run.AddReady(parent);
    }
}
