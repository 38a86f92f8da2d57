namespace Roost.Services.Storage;

/// <summary>A statement whose rows are read a great many at a time, without what ADO.NET takes for each. Whole numbers
/// only. To be disposed before its session; errors are those of the session's other statements.</summary>
internal abstract class SqlStatement : IDisposable
{
    /// <summary>A column of the row that was read.</summary>
    public abstract long this[int column] { get; }

    /// <summary>The values of ?1, ?2, …, before the first row is read.</summary>
    public abstract void Bind(params ReadOnlySpan<long> values);

    /// <summary>Goes to the next row; false after the last.</summary>
    public abstract bool Read();

    public abstract void Dispose();
}
