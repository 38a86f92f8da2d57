using System.Diagnostics;
using Roost.Engine.Search;

namespace Roost.Bench.Search;

/// <summary>Adds posts at 10,000 a second from a thread of its own, a millisecond's worth at a time.</summary>
internal sealed class PacedWriter(SearchTexts texts, SearchIndex index, uint posts)
{
    private const double PostsPerMillisecond = 10;

    private readonly SearchInput _input = new();
    private uint _next = posts + 1;
    private double _seconds;

    public uint Added => _next - posts - 1;

    public double PerSecond => Added / _seconds;

    /// <summary>Writes until the result is disposed.</summary>
    public IDisposable Start() => new Run(this);

    private void AddOne()
    {
        texts.Fill(_next, _input);
        if (!index.Add(_input.Post(_next), _input.Bytes, _input.Tokens))
            throw new InvalidOperationException("The index is over its budget.");
        _next++;
    }

    private sealed class Run : IDisposable
    {
        private readonly PacedWriter _writer;
        private readonly Thread _thread;
        private volatile bool _isOver;

        public Run(PacedWriter writer)
        {
            _writer = writer;
            _thread = new Thread(Write);
            _thread.Start();
        }

        public void Dispose()
        {
            _isOver = true;
            _thread.Join();
        }

        private void Write()
        {
            using var pause = new SemaphoreSlim(0);
            var start = Stopwatch.GetTimestamp();
            var first = _writer._next;
            while (!_isOver)
            {
                var due = first + (uint)(Stopwatch.GetElapsedTime(start).TotalMilliseconds * PostsPerMillisecond);
                while (_writer._next < due) _writer.AddOne();
                pause.Wait(1);
            }
            _writer._seconds += Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
    }
}
