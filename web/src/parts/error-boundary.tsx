import { Component, type ReactNode } from 'react'
import { Failure } from './loaded'

/** A page that fails to load or to draw says so and offers to start again, instead of leaving white. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { error: unknown }> {
  override state = { error: null }

  static getDerivedStateFromError(error: unknown) {
    return { error }
  }

  override render() {
    if (this.state.error) return <Failure error={this.state.error} retry={() => location.reload()} />
    return this.props.children
  }
}
